//! Finds traces: by service, operation, attributes, duration and window of time.
//!
//! The summaries decide which traces can match; only those are opened, a page at a time and without the store's
//! lock. `serve` consumes this.

mod conditions;
mod text;

pub(crate) use conditions::{Conditions, search};
pub(crate) use text::{base64, put_json_string, value_text};
