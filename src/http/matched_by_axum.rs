//! What axum has put into a request's extensions (feature `axum`).

use super::request_head::RequestHead;
use axum::extract::{ConnectInfo, MatchedPath, OriginalUri};
use http::Uri;
use std::net::SocketAddr;

/// The template of the path.
pub(super) fn route<'a>(request: &RequestHead<'a>) -> Option<&'a str> {
    request.extensions().get::<MatchedPath>().map(MatchedPath::as_str)
}

/// Whom the request came from, where the server was made with `into_make_service_with_connect_info::<SocketAddr>()`.
pub(super) fn peer(request: &RequestHead<'_>) -> Option<SocketAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0)
}

/// The URI as the client sent it: a nested router is shown only what is below it.
pub(super) fn uri<'a>(request: &RequestHead<'a>) -> &'a Uri {
    request.extensions().get::<OriginalUri>().map_or(request.uri(), |original| &original.0)
}
