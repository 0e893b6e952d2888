//! Events, errors, statuses, kinds, names, links.

use super::traces::remote;
use std::error::Error;
use std::fmt;
use throughline::SpanExt;
use throughline::wire::{KeyValue, StatusCode};
use tracing::field::Empty;
use tracing::{debug, error, info, info_span, instrument, trace, warn};

/// An error with a cause.
#[derive(Debug)]
struct Declined(std::io::Error);

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the card was declined")
    }
}

impl Error for Declined {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn declined() -> Declined {
    Declined(std::io::Error::other("connection \"reset\""))
}

pub(super) fn events() {
    let span = info_span!("events").entered();
    let bytes: &[u8] = &[0, 255];
    info!(yes = true, int = -1, big = u64::MAX, double = 0.5, nan = f64::NAN, text = "t", bytes, debug = ?[1, 2], "all");
    info!("only a message");
    info!(only = "fields");
    info!(message = "");
    warn!(otel.name = "not special here", "warning");
    debug!("hidden by the filter");
    trace!("hidden as well");
    let inner = info_span!("inner");
    info!(parent: &inner, "told of another span");
    info!(parent: &*span, n = 1, "told of this one");
}

pub(super) fn errors() {
    let failure = declined();
    let span = info_span!("errors", failure = &failure as &(dyn Error + 'static)).entered();
    let inner = info_span!("told", exception.message = Empty);
    inner.in_scope(|| warn!(failure = &failure as &(dyn Error + 'static), "payment failed"));
    inner.in_scope(|| error!("an error without a value"));
    let _ = by_display();
    let _ = by_debug();
    drop(span);
}

#[instrument(err)]
fn by_display() -> Result<(), Declined> {
    Err(declined())
}

#[instrument(err(Debug), ret)]
fn by_debug() -> Result<(), Declined> {
    Err(declined())
}

pub(super) fn statuses() {
    drop(info_span!("unset"));
    drop(info_span!("ok", otel.status_code = "OK"));
    drop(info_span!("error", otel.status_code = "error"));
    drop(info_span!("described", otel.status_description = "out of \"paper\""));
    let span = info_span!("by hand");
    span.set_status(StatusCode::Error, "at first");
    span.set_status(StatusCode::Error, "in the end");
}

pub(super) fn kinds() {
    for kind in ["server", "CLIENT", "Producer", "consumer", "internal", "no kind at all"] {
        drop(info_span!("kind", otel.kind = kind));
    }
}

pub(super) fn names() {
    drop(info_span!("GET", otel.name = "GET /users/{id}"));
    let late = info_span!("late", otel.name = Empty);
    late.in_scope(|| info_span!("child").in_scope(|| info!("an event between")));
    late.record("otel.name", "named at last");
    drop(info_span!("empty", otel.name = ""));
}

pub(super) fn links() {
    let (other, span) = (info_span!("other"), info_span!("linked"));
    span.follows_from(&other);
    span.add_link(other.context());
    span.add_link(remote(
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "vendor=1,other@sys=x:y",
    ));
    span.add_link(remote("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203332-00", ""));
    let attributes =
        vec![KeyValue::new("n", 1), KeyValue::new("list", ["a", "b"]), KeyValue::new("none", None::<i64>)];
    span.add_link_with_attributes(span.context(), attributes);
    info_span!("last").add_link(span.context());
}
