//! A shop that keeps every failed and every slow order, and of the others a few: tail sampling in the process.
//!
//! `cargo run --example tail_sampling` places a thousand orders and asks for its health a thousand times, then shows what
//! the collector was sent, why, and the ledger of all of it; with `-- --exit` it ends once it has shown that. Nothing of
//! this is known when a trace begins: which orders fail, which are slow, whose customer is a gold one.
//!
//! `tail` is all that a program adds for it; `shop` is the program; `report` is the rest.

#[path = "../stage/collector.rs"]
mod collector;
mod report;
mod shop;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;
use throughline::{Rule, Tail};
use tracing_subscriber::prelude::*;

const USAGE: &str = "usage: tail_sampling [--exit]";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        [] => run(false),
        ["--exit"] => run(true),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tail_sampling: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is kept. Details that are said at DEBUG leave only with what is kept for its own sake.
fn tail() -> Tail {
    Tail::keep_errors()
        .keep_slower_than(Duration::from_millis(250))
        .rule(Rule::drop("health").root("GET /health"))
        .rule(Rule::keep("gold").attribute("customer.tier", "gold"))
        .ratio_of_the_rest(0.05)
        .flight_recorder("debug")
}

fn run(exit: bool) -> Result<(), Box<dyn Error>> {
    let collector = collector::start()?;
    let endpoint = collector.otlp_http_addr().ok_or("the collector receives nothing")?;
    let (layer, guard) = throughline::builder()
        .service_name("shop")
        .endpoint(format!("http://{endpoint}"))
        .tail(tail())
        .build()?;
    tracing_subscriber::registry().with(layer).try_init()?;
    shop::open();
    guard.shutdown(Duration::from_secs(10))?;
    report::print(&collector, &guard.stats())?;
    if !exit {
        println!("\nViewer: {}\nEnter or Ctrl-C ends it.", collector.viewer_url().unwrap_or_default());
        std::io::stdin().read_line(&mut String::new())?;
    }
    collector.shutdown();
    Ok(())
}
