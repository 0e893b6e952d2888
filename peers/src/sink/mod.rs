//! An HTTP/1.1 server that takes OTLP as fast as it comes and keeps nothing but totals.
//!
//! `POST /v1/traces` is counted and answered with an empty `ExportTraceServiceResponse`; `GET /totals` answers
//! what was counted as JSON. It runs in a process of its own, so that its CPU time is nobody's.

mod connection;
mod request;
mod server;
mod spans;
mod totals;

pub use server::{Sink, serve};
pub use totals::Totals;
