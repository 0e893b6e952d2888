//! Requests as spans: layers for `tower`, a middleware for `reqwest`, by the semantic conventions for HTTP and RPC.
//!
//! ```
//! use throughline::http::{ClientLayer, ServerLayer};
//!
//! let server = ServerLayer::new().filter(|request| request.uri().path() != "/health");
//! let client = ClientLayer::new().own_hosts([".internal"]);
//! # drop((server, client));
//! ```
//!
//! * `server_layer`, `server_service`: what a server puts around itself; `server_settings`, `server_request`: how a request
//!   becomes a span; `matched` (`matched_by_axum`): what a router knows of it; `forwarded`: what proxies say
//! * `client_layer`, `client_service`: the same for a client; `client_settings`, `client_request`; `own_hosts`
//! * `reqwest_middleware`, `send_traced`: two ways to come to `sent`
//! * `exchange`: a request under way, and how it ends; `response_future` and `traced_body` poll it; `flush_after`
//! * `described`: what is said of an error; `conventions`, `grpc`, `authority`, `redacted_url`, `span`, `span_name`: names and values
//! * `hooks`: what the program has a say in; `resend_count`, `url_template`: what it says of a request; `request_head`, `response_head`: what it sees

mod authority;
mod client_layer;
mod client_request;
mod client_service;
mod client_settings;
mod conventions;
mod described;
mod exchange;
mod flush_after;
mod forwarded;
mod grpc;
mod hooks;
#[cfg_attr(feature = "axum", path = "matched_by_axum.rs")]
mod matched;
mod own_hosts;
mod redacted_url;
mod request_head;
#[cfg(feature = "reqwest-middleware")]
mod reqwest_middleware;
mod resend_count;
mod response_future;
mod response_head;
#[cfg(feature = "reqwest")]
mod send_traced;
#[cfg(feature = "reqwest")]
mod sent;
mod server_layer;
mod server_request;
mod server_service;
mod server_settings;
mod span;
mod span_name;
mod traced_body;
mod url_template;

pub use client_layer::ClientLayer;
pub use client_service::ClientService;
pub use request_head::RequestHead;
#[cfg(feature = "reqwest-middleware")]
pub use reqwest_middleware::ReqwestMiddleware;
pub use resend_count::ResendCount;
pub use response_future::ResponseFuture;
pub use response_head::ResponseHead;
#[cfg(feature = "reqwest")]
pub use send_traced::SendTraced;
pub use server_layer::ServerLayer;
pub use server_service::ServerService;
pub use traced_body::TracedBody;
pub use url_template::UrlTemplate;
