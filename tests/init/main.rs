//! `init` and the environment. Each test runs its body in a process of its own: this binary again, for that test.

mod certificates;
mod child;
mod endpoint;
mod filter;
#[path = "../support/tls.rs"]
mod front;
mod lines;
mod once;
mod pass_on;
mod proxies;
mod proxy;
mod queue;
mod resource;
mod said;
mod service;
mod settings;
#[path = "../support/mod.rs"]
mod support;
mod switch;
