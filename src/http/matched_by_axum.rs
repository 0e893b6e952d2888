//! What axum has put into a request's extensions (feature `axum`).

use super::request_head::RequestHead;
use axum::extract::{ConnectInfo, MatchedPath};
use std::net::SocketAddr;

/// The template of the path.
pub(super) fn route<'a>(request: &RequestHead<'a>) -> Option<&'a str> {
    request.extensions().get::<MatchedPath>().map(MatchedPath::as_str)
}

/// Whom the request came from, where the server was made with `into_make_service_with_connect_info::<SocketAddr>()`.
pub(super) fn peer(request: &RequestHead<'_>) -> Option<SocketAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0)
}
