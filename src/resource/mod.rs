//! The resource: who makes the spans.
//!
//! * `detect`: what the process can tell of itself
//! * `attributes`: `OTEL_RESOURCE_ATTRIBUTES`

mod attributes;
mod detect;

pub(crate) use attributes::parse_pairs;
pub(crate) use detect::resource;
