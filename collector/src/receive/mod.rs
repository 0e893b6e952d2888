//! Takes telemetry in. One receiver so far: OTLP over HTTP.
//!
//! A receiver turns a request into a `TracesRequest` or a `LogsRequest`, within bounds on every step (bytes on the wire, inflated,
//! decoded, and all requests in progress together), hands it to `ingest`, and answers in the sender's encoding.
//! gRPC and Zipkin slot in beside `otlp_http`.

mod budget;
mod encoding;
mod inflate;
mod otlp_http;
mod reason;
mod signal;
mod zstd;

pub(crate) use otlp_http::OtlpHttp;
