//! The layer in every kind of subscriber: who is whose parent, when a span ends, and that nothing is lost.

mod end;
mod ids;
mod neighbours;
mod order;
mod parents;
mod subscribers;
#[path = "../support/mod.rs"]
mod support;
mod threads;
