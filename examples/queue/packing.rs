//! A worker: takes messages, packs what they order, says so.

use crate::resp::Redis;
use crate::{END, GROUP, QUEUE};
use std::collections::HashMap;
use std::error::Error;
use std::io::Read;
use std::thread;
use std::time::Duration;
use throughline::messaging;
use tracing::{error, info};

/// How many messages it takes at once.
const AT_ONCE: usize = 2;
/// Packing takes so long.
const WORK: Duration = Duration::from_millis(20);

pub(crate) fn run(broker: &str, stream: &str, name: &str) -> Result<(), Box<dyn Error>> {
    let _guard = throughline::init()?;
    die_with_the_stage();
    let mut redis = Redis::connect(broker)?;
    while take(&mut redis, stream, name)? {}
    Ok(())
}

/// Takes some messages and works on each, as a part of the trace of its sender; whether there may be more.
fn take(redis: &mut Redis, stream: &str, name: &str) -> Result<bool, Box<dyn Error>> {
    let receive = messaging::consumer("redis", QUEUE).receive();
    receive.record("messaging.consumer.group.name", GROUP);
    let messages = receive.in_scope(|| redis.read(stream, GROUP, name, AT_ONCE))?;
    messaging::link_batch(&receive, messages.iter().map(|(_, fields)| messaging::extract(fields)));
    drop(receive);
    for (id, fields) in &messages {
        if fields.contains_key(END) {
            // The other worker waits for it as well.
            redis.call(&["XACK", stream, GROUP, id])?;
            redis.add(stream, &HashMap::from([(END.to_owned(), String::new())]))?;
            return Ok(false);
        }
        process(redis, stream, (id, fields))?;
    }
    Ok(true)
}

fn process(
    redis: &mut Redis,
    stream: &str,
    (id, fields): (&str, &HashMap<String, String>),
) -> Result<(), Box<dyn Error>> {
    let span = messaging::consumer("redis", QUEUE).process_child_of(&messaging::extract(fields));
    span.record("messaging.message.id", id);
    let _in = span.enter();
    if let Err(reason) = pack(fields.get("order").map_or("", String::as_str)) {
        messaging::fail(&span, "not_packed", reason);
    }
    let settle = messaging::consumer("redis", QUEUE).named("ack").settle();
    settle.in_scope(|| redis.call(&["XACK", stream, GROUP, id]))?;
    Ok(())
}

fn pack(order: &str) -> Result<(), &'static str> {
    thread::sleep(WORK);
    if order.contains("piano") {
        error!(order, "no box is large enough");
        return Err("no box is large enough");
    }
    info!(order, "packed");
    Ok(())
}

/// The stage holds the other end of standard input.
fn die_with_the_stage() {
    thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(1);
    });
}
