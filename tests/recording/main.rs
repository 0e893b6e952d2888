//! What is recorded is what is exported: values, limits, errors, status, and values that misbehave.

#![recursion_limit = "512"]

mod automatic;
mod declined;
mod filter;
mod hostile;
mod kind;
mod limits;
mod oracle;
mod reading;
mod redaction;
mod round_trip;
mod size;
mod status;
#[path = "../support/mod.rs"]
mod support;
mod values;
