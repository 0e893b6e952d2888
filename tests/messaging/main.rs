//! Spans of programs that send and receive messages.
//!
//! * `spans`: names, kinds, attributes
//! * `relations`: parents and links
//! * `hostile`: headers and batches that mean no good
//! * `streams`, `resp`: the same through a real Redis: `scripts/backends install redis`, then
//!   `cargo test --test messaging -- --ignored`, as `scripts/check` does

mod hostile;
mod relations;
#[path = "../../examples/queue/resp.rs"]
mod resp;
#[path = "../backends/server.rs"]
mod server;
mod spans;
mod streams;

use std::collections::HashMap;

/// The headers of a message.
type Headers = HashMap<String, String>;
