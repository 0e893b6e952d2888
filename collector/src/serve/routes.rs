//! `Api`: which path is answered by what.
//!
//! | path | answer |
//! |---|---|
//! | `/`, `/ui/...` | the viewer |
//! | `/api/services`, `/api/services/{service}/operations`, `/api/operations`, `/api/traces`, `/api/traces/{id}` | Jaeger's legacy API |
//! | `/api/throughline/...` | the viewer's own API |

use super::query_string::{QueryString, decode};
use super::{assets, jaeger, own};
use crate::http::{Answer, answer, check_origin, drain, with_header};
use crate::store::Store;
use hyper::body::Incoming;
use hyper::header::ALLOW;
use hyper::{Method, Request, StatusCode};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Queries answered at a time; each may need memory in proportion to what it answers.
pub(crate) const QUERIES_AT_A_TIME: usize = 4;
const PLAIN: &str = "text/plain; charset=utf-8";

/// The query port's handler; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    store: Arc<Store>,
    /// Where traces are to be sent, for a viewer that has none to show.
    otlp_http: Option<SocketAddr>,
    places: Arc<Semaphore>,
}

// === impl Api ===

impl Api {
    pub(crate) fn new(store: Arc<Store>, otlp_http: Option<SocketAddr>) -> Self {
        Api { store, otlp_http, places: Arc::new(Semaphore::new(QUERIES_AT_A_TIME)) }
    }

    /// Answers one request.
    pub(crate) async fn handle(self, request: Request<Incoming>) -> Answer {
        let foreign = check_origin(&request).err();
        let (head, body) = request.into_parts();
        drain(body).await;
        if let Some(foreign) = foreign {
            return answer(StatusCode::FORBIDDEN, PLAIN, format!("{}\n", foreign.message()));
        }
        if !matches!(head.method, Method::GET | Method::HEAD) {
            let refusal =
                answer(StatusCode::METHOD_NOT_ALLOWED, PLAIN, "only GET and HEAD are served here\n");
            return with_header(refusal, ALLOW, "GET, HEAD");
        }
        let path = head.uri.path().to_owned();
        if path != "/api" && !path.starts_with("/api/") {
            let missing = || answer(StatusCode::NOT_FOUND, PLAIN, "no such file\n");
            return assets::asset(&path).unwrap_or_else(missing);
        }
        let query = QueryString::parse(head.uri.query().unwrap_or_default());
        let place = Arc::clone(&self.places).acquire_owned().await;
        // A search may take a while: other connections go on meanwhile.
        let answered = tokio::task::spawn_blocking(move || {
            let _place = place;
            route(&self, &path, &query)
        });
        let failed = |_| answer(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, "the query failed\n");
        answered.await.unwrap_or_else(failed)
    }
}

fn route(api: &Api, path: &str, query: &QueryString) -> Answer {
    let store = &*api.store;
    let segments: Vec<String> = path.split('/').skip(2).map(|segment| decode(segment, false)).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["services"] => jaeger::services(store),
        ["services", service, "operations"] => jaeger::operation_names(store, service),
        ["operations"] => jaeger::operations(store, query),
        ["traces"] => jaeger::search_traces(store, query),
        ["traces", id] if !id.is_empty() => jaeger::trace(store, id, query),
        ["throughline", "traces"] => own::traces(store, query),
        ["throughline", "services"] => own::services(store),
        ["throughline", "stats"] => own::stats(store, api.otlp_http),
        ["throughline", "traces", id] => own::trace(store, id),
        ["throughline", "traces", id, "logs"] => own::trace_logs(store, id, query),
        ["throughline", "traces", id, "text"] => own::trace_text(store, id, query),
        ["throughline", "traces", id, "spans", span] => own::span(store, id, span, query),
        _ => jaeger::error(StatusCode::NOT_FOUND, "no such path, or it is not built yet"),
    }
}
