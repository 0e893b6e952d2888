//! What a router has put into a request's extensions. Without the feature `axum` no router is known: hooks say it.

use super::request_head::RequestHead;
use std::net::SocketAddr;

/// The template of the path.
pub(super) fn route<'a>(_: &RequestHead<'a>) -> Option<&'a str> {
    None
}

/// Whom the request came from.
pub(super) fn peer(_: &RequestHead<'_>) -> Option<SocketAddr> {
    None
}
