//! The smallest program: one line at the start, and every `#[instrument]` is a span, every log line knows its trace.

use tracing::{info, instrument};

fn main() -> Result<(), throughline::Error> {
    let _guard = throughline::init()?;
    greet("world");
    Ok(())
}

#[instrument]
fn greet(name: &str) {
    info!("hello");
    info!(letters = name.len(), "greeted");
}
