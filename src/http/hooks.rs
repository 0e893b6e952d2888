//! `Hooks`: what the program has a say in. Its functions run before any lock is taken; one that panics has said nothing.

use super::described::Seer;
use super::request_head::RequestHead;
use super::response_head::ResponseHead;
use crate::record::caught;
use std::fmt;
use std::sync::Arc;
use tracing::Span;

type OfRequest<T> = Arc<dyn Fn(&RequestHead<'_>) -> T + Send + Sync>;

type OnRequest = dyn Fn(&RequestHead<'_>, &Span) + Send + Sync;
type OnResponse = dyn Fn(&ResponseHead<'_>, &Span) + Send + Sync;

/// The hooks that both sides have.
#[derive(Clone, Default)]
pub(super) struct Hooks {
    pub(super) filter: Option<OfRequest<bool>>,
    pub(super) name: Option<OfRequest<Option<String>>>,
    pub(super) on_request: Option<Arc<OnRequest>>,
    pub(super) on_response: Option<Arc<OnResponse>>,
    /// Of a client: the type that its errors have.
    pub(super) seer: Option<Seer>,
}

// === impl Hooks ===

impl Hooks {
    /// Whether the request gets a span.
    pub(super) fn wants(&self, request: &RequestHead<'_>) -> bool {
        self.filter.as_ref().is_none_or(|filter| caught(|| filter(request)).unwrap_or(true))
    }

    pub(super) fn name(&self, request: &RequestHead<'_>) -> Option<String> {
        let name = self.name.as_ref()?;
        caught(|| name(request)).flatten()
    }

    pub(super) fn requested(&self, request: &RequestHead<'_>, span: &Span) {
        if let Some(hook) = &self.on_request {
            caught(|| hook(request, span));
        }
    }

    pub(super) fn responded(&self, response: &ResponseHead<'_>, span: &Span) {
        if let Some(hook) = &self.on_response {
            caught(|| hook(response, span));
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("filter", &self.filter.is_some())
            .field("name", &self.name.is_some())
            .field("on_request", &self.on_request.is_some())
            .field("on_response", &self.on_response.is_some())
            .finish()
    }
}
