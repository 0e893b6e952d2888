//! What real servers make of what we send. They are not there by themselves: `scripts/backends install`, then
//! `cargo test --test backends -- --ignored`, as `scripts/check` does.
//!
//! * `server`, `otelcol`: a running server; what it wrote
//! * `programs`: what is recorded
//! * `expected`, `differences`: what should arrive, and where it does not
//! * `spans`, `arbitrary`, `logs`: the tests

mod arbitrary;
mod differences;
mod expected;
mod logs;
mod otelcol;
mod programs;
mod server;
mod spans;
#[path = "../support/mod.rs"]
mod support;
