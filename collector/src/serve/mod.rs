//! Answers on the query port: the viewer's page, its own API, and Jaeger's legacy one for Grafana and others.
//!
//! `routes` is the map of it all. Answers are written straight into JSON text, from pointers taken under the
//! store's lock and used without it.

mod assets;
mod jaeger;
mod json;
mod log_details;
mod marks;
mod own;
mod query_string;
mod routes;
mod span_details;
mod trace_rows;

pub(crate) use routes::{Api, QUERIES_AT_A_TIME};
