//! The stage: starts the collector, the broker and the processes, shows what came of it, ends everything.

use crate::broker::Broker;
use crate::collector;
use crate::resp::Redis;
use crate::{END, GROUP};
use std::collections::HashMap;
use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use throughline_collector::{Collector, render};

/// Columns that a terminal is taken to have.
const WIDTH: usize = 110;
/// Longer than a process takes, its delivery of spans with it.
const ENDED: Duration = Duration::from_secs(20);
/// What a user's environment may say that would make the example another one.
const FOREIGN: [&str; 4] = ["OTEL_", "THROUGHLINE_", "RUST_LOG", "TRACEPARENT"];

/// A process that is killed if it does not end by itself.
struct Process(&'static str, Child);

/// Runs the example, with the Redis of this URL or with a broker of its own.
pub(crate) fn run(exit: bool, redis: Option<&str>) -> Result<(), Box<dyn Error>> {
    let collector = collector::start()?;
    let broker = match redis {
        Some(url) => url.trim_start_matches("redis://").trim_end_matches('/').to_owned(),
        None => Broker::start()?.to_string(),
    };
    // On somebody's Redis it must be nobody else's.
    let stream = format!("throughline-example:{}", std::process::id());
    let mut queue = Redis::connect(&broker).map_err(|error| format!("no broker at {broker}: {error}"))?;
    let played = play(&collector, &broker, &stream, &mut queue);
    queue.call(&["DEL", &stream])?;
    played?;
    show(&collector)?;
    if !exit {
        println!("\nViewer: {}\nEnter or Ctrl-C ends it.", collector.viewer_url().unwrap_or_default());
        io::stdin().read_line(&mut String::new())?;
    }
    collector.shutdown();
    Ok(())
}

fn play(collector: &Collector, broker: &str, stream: &str, queue: &mut Redis) -> Result<(), Box<dyn Error>> {
    let endpoint = collector.otlp_http_addr().ok_or("the collector receives nothing")?;
    queue.call(&["XGROUP", "CREATE", stream, GROUP, "0", "MKSTREAM"])?;
    let mut workers = Vec::new();
    for name in ["packing-east", "packing-west"] {
        workers.push(Process::start(name, &["packing", broker, stream, name], endpoint)?);
    }
    Process::start("shop", &["shop", broker, stream], endpoint)?.end()?;
    queue.add(stream, &HashMap::from([(END.to_owned(), String::new())]))?;
    workers.into_iter().try_for_each(Process::end)
}

fn show(collector: &Collector) -> Result<(), Box<dyn Error>> {
    let traces = collector.store().traces(100);
    let placed =
        traces.iter().find(|trace| trace.root_operation == "place orders").ok_or("no orders were placed")?;
    let trace = collector.store().trace(placed.id).ok_or("the trace is gone")?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "A producer and two workers have run, each a process of its own.\n\nThe trace of the orders"
    )?;
    write!(out, "{}", render::waterfall(&trace, WIDTH))?;
    let received = traces.iter().filter(|trace| trace.root_operation == "receive orders").count();
    writeln!(out, "\nTaking messages from the queue is {received} traces of their own, linked to this one.")?;
    Ok(out.flush()?)
}

// === impl Process ===

impl Process {
    /// This program again, as another part of it.
    fn start(name: &'static str, arguments: &[&str], endpoint: SocketAddr) -> io::Result<Process> {
        let mut command = Command::new(std::env::current_exe()?);
        for (variable, _) in std::env::vars_os() {
            if FOREIGN.iter().any(|foreign| variable.to_string_lossy().starts_with(foreign)) {
                command.env_remove(variable);
            }
        }
        command.args(arguments).env("OTEL_SERVICE_NAME", name).env("NO_PROXY", "127.0.0.1");
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{endpoint}"));
        // The log lines are as in the other examples.
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        Ok(Process(name, command.spawn()?))
    }

    /// Waits until it has ended.
    fn end(mut self) -> Result<(), Box<dyn Error>> {
        let begun = Instant::now();
        loop {
            match self.1.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(format!("{} ended with {status}", self.0).into()),
                None if begun.elapsed() > ENDED => return Err(format!("{} did not end", self.0).into()),
                None => thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended, unless something failed.
        let _ = self.1.kill();
        let _ = self.1.wait();
    }
}
