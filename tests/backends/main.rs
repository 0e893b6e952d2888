//! What real servers make of what we send. They are not there by themselves: `scripts/backends install`, then
//! `cargo test --test backends -- --ignored`, as `scripts/check` does.
//!
//! * `server`, `otelcol`: a running server; what it wrote
//! * `programs`: what is recorded
//! * `expected`, `differences`: what should arrive, and where it does not
//! * `spans`, `arbitrary`, `logs`: the tests of what arrives; `metrics`: of our own counts there
//! * `outage`: the collector is stopped for a while

mod arbitrary;
mod differences;
mod expected;
mod logs;
mod metrics;
mod otelcol;
mod outage;
mod programs;
mod server;
mod spans;
#[path = "../support/mod.rs"]
mod support;
