//! Everything that can be wrong on the way to a collector, found out and named with what to set.

mod answers;
#[path = "../support/tls.rs"]
mod front;
mod listeners;
mod reach;
mod scene;
mod startup;
#[path = "../support/mod.rs"]
mod support;
