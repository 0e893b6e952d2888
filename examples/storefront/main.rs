//! A shop of four services, each a process of its own, traced across all of them.
//!
//! ```text
//! storefront: collector, viewer, traffic; starts itself again as each of the services
//!
//!   gateway ──► orders ──► inventory
//!      │          └──────► payments          real HTTP on loopback, `traceparent` in its headers
//!      └──► inventory, payments
//! ```
//!
//! `cargo run --example storefront` shows a trace, then keeps making light traffic until Ctrl-C;
//! `cargo run --example storefront -- --exit` ends once it has shown it.
//!
//! What a service does to be traced: `service` (one line at the start, one at each handler) and `client` (one line at
//! each call). The services themselves: `gateway`, `orders`, `inventory`, `payments`. The rest is the stage.

mod children;
mod client;
#[path = "../stage/collector.rs"]
mod collector;
mod database;
mod failure;
mod gateway;
mod inventory;
mod ledger;
mod message;
mod orders;
mod payments;
mod report;
mod service;
mod stage;
mod traffic;

use std::error::Error;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo run --example storefront [-- --exit]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ended = match arguments.as_slice() {
        [] => stage::run(false),
        ["--exit"] => stage::run(true),
        ["service", name] => service::run(name),
        _ => Err(USAGE.into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if nobody_reads(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("storefront: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether our output went to something like `head`, which has seen enough.
fn nobody_reads(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
