//! What a router has put into a request's extensions. Without the feature `axum` no router is known: hooks say it.

use super::request_head::RequestHead;
use http::Uri;
use std::net::SocketAddr;

/// The template of the path.
pub(super) fn route<'a>(_: &RequestHead<'a>) -> Option<&'a str> {
    None
}

/// Whom the request came from.
pub(super) fn peer(_: &RequestHead<'_>) -> Option<SocketAddr> {
    None
}

/// The URI as the client sent it.
pub(super) fn uri<'a>(request: &RequestHead<'a>) -> &'a Uri {
    request.uri()
}
