//! A service between those of other makes, which `tests/chain` starts: `service axum` or `service tonic`.
//!
//! Its name, its propagators and where its spans go are in the variables `OTEL_*`; where the next service listens
//! is in `NEXT_URL`, which the last one has not. A service answers with a list of sights: what it saw of the request,
//! then what those behind it saw.
//!
//! * `sight`: what is seen; `next`: how the next one is asked
//! * `with_axum`, `with_tonic`: the two servers
//! * `service`, from the examples: what is around them

mod next;
#[path = "../../../../examples/stage/service.rs"]
mod service;
mod sight;
mod with_axum;
mod with_tonic;

use service::serve;
use std::error::Error;
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ended = match arguments.as_slice() {
        ["axum"] => serve(with_axum::serve),
        ["tonic"] => serve(with_tonic::serve),
        _ => Err("it takes one argument: axum or tonic".into()),
    };
    ended.map_or_else(
        |error| {
            eprintln!("service: {error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}
