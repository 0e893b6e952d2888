//! The life of a span: in futures, over threads, through handles; cancelled, misused, never closed.

mod busy;
mod carried;
mod futures;
mod handles;
mod hidden;
mod polls;
#[path = "../support/mod.rs"]
mod support;
mod traced;
mod usage;
