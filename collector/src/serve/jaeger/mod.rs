//! Jaeger's legacy query API, as Jaeger UI and Grafana call it, with the answers of the real one (2.13).
//!
//! Where the real one is wrong it is not followed: `error=true` finds failed spans, NaN does not fail the answer,
//! a bad `limit` is a 400.

mod answers;
mod go_time;
mod params;
mod span_json;
mod trace_json;

pub(super) use answers::{error, operation_names, operations, search_traces, services, trace};
pub(super) use params::trace_id;
