//! Spans of programs that ask databases.
//!
//! * `spans`: names, kinds, attributes
//! * `comments`: the trace in a comment of a query
//! * `jobs`, `wire`, `literals`: the same with a real PostgreSQL: `scripts/backends install postgresql`, then
//!   `cargo test --test db -- --ignored`, as `scripts/check` does

mod comments;
mod jobs;
mod literals;
#[path = "../backends/server.rs"]
mod server;
mod spans;
mod wire;
