//! What axum has put into a request's extensions (feature `axum`).

use axum::extract::{ConnectInfo, MatchedPath};
use http::request::Parts;
use std::net::SocketAddr;

/// The template of the path.
pub(super) fn route(request: &Parts) -> Option<&str> {
    request.extensions.get::<MatchedPath>().map(MatchedPath::as_str)
}

/// Whom the request came from, where the server was made with `into_make_service_with_connect_info::<SocketAddr>()`.
pub(super) fn peer(request: &Parts) -> Option<SocketAddr> {
    request.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0)
}
