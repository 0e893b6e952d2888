//! `init` and the environment. Each test runs its body in a process of its own: this binary again, for that test.

mod child;
mod endpoint;
mod filter;
mod lines;
mod once;
mod pass_on;
mod queue;
mod resource;
mod said;
mod service;
mod settings;
#[path = "../support/mod.rs"]
mod support;
mod switch;
