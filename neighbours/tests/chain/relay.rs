//! `Relay`: ours between services of one other make, and what has to hold whichever that is.
//!
//! ```text
//! first ──► front ──► between ──► back
//! theirs    ours      theirs      ours
//! ```

use crate::chain::{Answer, Chain, Ended};
use crate::service::{Make, Service};
use throughline::wire::SpanKind::{Client, Server};

type Headers = &'static [(&'static str, &'static str)];

/// The service that a request comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    First = 0,
    Front = 1,
}

/// A request, and what is to be decided on it.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) entry: Entry,
    pub(crate) path: &'static str,
    pub(crate) headers: Headers,
    pub(crate) sampled: bool,
}

// === impl Case ===

impl Case {
    pub(crate) const fn new(entry: Entry, path: &'static str, headers: Headers, sampled: bool) -> Case {
        Case { entry, path, headers, sampled }
    }

    pub(crate) fn ask(&self, chain: &Chain) -> Answer {
        let answer = chain.ask_at(self.entry as usize, self.path, self.headers);
        for sight in &answer.sights {
            assert_eq!(sight.is_sampled(), self.sampled, "{self:?}: {sight:?}");
        }
        answer
    }
}

/// The four services: `make` with these variables between ours with those propagators.
pub(crate) fn services(propagators: &str, make: Make, variables: &[(&'static str, &str)]) -> [Service; 4] {
    let ours = |name| Service::new(name, Make::Axum).variable("OTEL_PROPAGATORS", propagators);
    let theirs = |name| {
        let service = Service::new(name, make);
        variables.iter().fold(service, |service, (name, value)| service.variable(name, *value))
    };
    [theirs("first"), ours("front"), theirs("between"), ours("back")]
}

/// All are in the same trace, and each service's parent is the span that the one before it has asked in; ours are in the
/// collector, if they are sampled.
#[track_caller]
pub(crate) fn assert_one_trace(ended: &Ended, answer: &Answer) {
    let (first, sampled) = (&answer.sights[0], answer.sights[0].is_sampled());
    let trace_id = first.text("trace_id");
    let spans = if sampled { ended.spans(trace_id, 3) } else { Vec::new() };
    let mut asked_by = None;
    for sight in &answer.sights {
        assert_eq!(sight.text("trace_id"), trace_id, "{sight:?}");
        if let Some(id) = asked_by {
            assert_eq!(sight.text("parent_id"), id, "{sight:?}");
        }
        let server = spans.iter().find(|span| span.service == sight.text("service") && span.kind == Server);
        if let Some(server) = server {
            let told = (sight.text("span_id"), sight.text("parent_id"));
            assert_eq!((server.span_id.as_str(), server.parent_id.as_str()), told);
        }
        let client = spans.iter().find(|span| span.parent_id == sight.text("span_id") && span.kind == Client);
        asked_by = sight.client_id().or(client.map(|span| span.span_id.as_str()));
        let is_last = sight.text("service") == "back";
        assert!(asked_by.is_some() || is_last || !sampled, "{sight:?} has asked in a span");
    }
    assert_eq!(ended.traces().iter().any(|id| id == trace_id), sampled, "{trace_id}");
}
