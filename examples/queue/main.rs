//! A producer and two workers, each a process of its own, traced through a queue.
//!
//! ```text
//! queue: collector, broker; starts itself again as each of the others
//!
//!   shop ──► orders ──► packing-east        Redis' protocol on loopback, `traceparent` in the fields of each message
//!              └──────► packing-west
//! ```
//!
//! `cargo run --example queue` shows the trace, and its viewer until Enter or Ctrl-C; with `-- --exit` it ends once it has
//! shown the trace. The broker is its own, and knows as much of Redis' streams as is needed here;
//! `-- --redis redis://127.0.0.1:6379` takes a real Redis instead.
//!
//! What a program does to be traced through a queue: `shop` (three ways of sending) and `packing` (receiving, working,
//! acknowledging). All else is the stage.

mod broker;
#[path = "../stage/collector.rs"]
mod collector;
mod packing;
mod resp;
mod shop;
mod stage;

use std::error::Error;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

/// What the span of an operation calls the queue.
const QUEUE: &str = "orders";
const GROUP: &str = "packing";
/// A message with this field is the last.
const END: &str = "end";
const USAGE: &str = "usage: queue [--exit] [--redis redis://HOST:PORT]";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["shop", broker, stream] => shop::run(broker, stream),
        ["packing", broker, stream, name] => packing::run(broker, stream, name),
        [] => stage::run(false, None),
        ["--exit"] => stage::run(true, None),
        ["--redis", redis] => stage::run(false, Some(redis)),
        ["--exit", "--redis", redis] | ["--redis", redis, "--exit"] => stage::run(true, Some(redis)),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    match done {
        Err(error) if !nobody_reads(&*error) => {
            eprintln!("queue: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Whether our output went to something like `head`, which has seen enough.
fn nobody_reads(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
