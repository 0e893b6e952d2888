//! Contexts: handed out, set, carried over threads and services, decided by samplers.

mod carrier;
mod clock;
mod current;
mod ids;
mod parent;
mod remote;
mod sampler;
#[path = "../support/mod.rs"]
mod support;
mod traces;
