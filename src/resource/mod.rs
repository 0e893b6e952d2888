//! The resource: who makes the spans.
//!
//! * `detect`: what was given, completed by what the detectors find
//! * `detector`: which there are; `host`, `process`, `os`, `container`, `kubernetes`: what each finds
//! * `surroundings`: the files and variables that they look at
//! * `origin`: the resource as each process has it; `renewed`: what is another in the child of a fork
//! * `attributes`: `OTEL_RESOURCE_ATTRIBUTES`

mod attributes;
mod container;
mod detect;
mod detector;
mod host;
mod kubernetes;
mod origin;
mod os;
mod process;
mod renewed;
mod surroundings;

pub(crate) use attributes::parse_pairs;
pub(crate) use detect::resource;
pub use detector::Detector;
pub(crate) use detector::Detectors;
pub(crate) use origin::Origin;
