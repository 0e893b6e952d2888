//! The producer: one order by itself, then three as a batch.

use crate::QUEUE;
use crate::resp::Redis;
use std::collections::HashMap;
use std::error::Error;
use throughline::messaging;
use tracing::{info, instrument};

pub(crate) fn run(broker: &str, stream: &str) -> Result<(), Box<dyn Error>> {
    let _guard = throughline::init()?;
    place_orders(&mut Redis::connect(broker)?, stream)
}

#[instrument(name = "place orders", skip_all, err)]
fn place_orders(redis: &mut Redis, stream: &str) -> Result<(), Box<dyn Error>> {
    send(redis, stream, "a lamp")?;
    send_batch(redis, stream, &["two chairs", "a piano", "a vase"])?;
    info!("orders placed");
    Ok(())
}

/// The context of the span that sends goes with the message.
fn send(redis: &mut Redis, stream: &str, order: &str) -> Result<(), Box<dyn Error>> {
    let span = messaging::producer("redis", QUEUE).send();
    let mut fields = message(order);
    messaging::inject(&span, &mut fields);
    let id = span.in_scope(|| redis.add(stream, &fields))?;
    span.record("messaging.message.id", id);
    Ok(())
}

/// Each message has a span of its own, whose context goes with it; the sending is linked to all of them.
fn send_batch(redis: &mut Redis, stream: &str, orders: &[&str]) -> Result<(), Box<dyn Error>> {
    let create = |order: &&str| {
        let mut fields = message(order);
        messaging::inject(&messaging::producer("redis", QUEUE).create(), &mut fields);
        fields
    };
    let batch: Vec<_> = orders.iter().map(create).collect();
    let span = messaging::producer("redis", QUEUE).send_batch();
    messaging::link_batch(&span, batch.iter().map(messaging::extract));
    span.in_scope(|| batch.iter().try_for_each(|fields| redis.add(stream, fields).map(drop)))?;
    Ok(())
}

fn message(order: &str) -> HashMap<String, String> {
    HashMap::from([("order".to_owned(), order.to_owned())])
}
