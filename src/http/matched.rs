//! What a router has put into a request's extensions. Without the feature `axum` no router is known: hooks say it.

use http::request::Parts;
use std::net::SocketAddr;

/// The template of the path.
pub(super) fn route(_: &Parts) -> Option<&str> {
    None
}

/// Whom the request came from.
pub(super) fn peer(_: &Parts) -> Option<SocketAddr> {
    None
}
