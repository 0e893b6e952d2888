//! What travels between services: every format of headers, baggage, correlation ids.

mod baggage;
mod balancer;
mod bytes;
#[allow(dead_code, unreachable_pub, reason = "this binary uses its own part")]
#[path = "../init/child.rs"]
mod child;
mod contradictions;
mod correlation;
mod environment;
mod headers;
mod hostile;
mod lines;
mod process;
#[path = "../support/mod.rs"]
mod support;
