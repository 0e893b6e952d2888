//! From a decoded request to the store: spans and log records grouped by trace, resources shared, what cannot be stored refused
//! and told.
//!
//! `receive` hands requests over; `measure` and `json` serve it as well, as its view of what a body means.

mod batch;
mod json;
mod json_logs;
mod json_value;
mod measure;
mod resources;

pub(crate) use batch::{Ingest, Received};
pub(crate) use json::{json_bytes, read_json};
pub(crate) use json_logs::read_json_logs;
pub(crate) use measure::{MAX_DECODED_BYTES, decoded_bytes, decoded_log_bytes};
pub(crate) use resources::fingerprint;
