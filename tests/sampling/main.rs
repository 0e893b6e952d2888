//! Which traces are sampled: how many, which ones, by whose word, and what that costs those that are not.
//!
//! * `crowd`: a service that makes many traces from a fixed seed, and counts them
//! * `statistics`, `rates`: how many; `nesting`, `vectors`: which ones
//! * `rules`, `parents`, `custom`, `changes`: by whose word
//! * `remote`, `jaeger`: by a server's word, played and real
//! * `unsampled`: what is left of the others
//! * `refusals`: what cannot be

mod changes;
mod crowd;
mod custom;
mod jaeger;
mod nesting;
mod parents;
mod rates;
mod refusals;
mod remote;
mod rules;
#[path = "../backends/server.rs"]
mod server;
mod statistics;
#[path = "../support/mod.rs"]
mod support;
mod unsampled;
mod vectors;
