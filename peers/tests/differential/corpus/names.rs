//! `otel.name` and `otel.kind`.

use tracing::field::Empty;
use tracing::info_span;

use crate::hand::{Hand, Set};
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    name_plain,
    name_at_start,
    name_by_debug_and_display,
    name_before_enter,
    name_after_enter,
    name_after_child,
    name_empty,
    name_number,
    name_twice,
    name_set_as_attribute,
    kind_words,
    kind_any_case,
    kind_by_debug,
    kind_by_quoted_debug,
    kind_unknown,
    kind_unknown_after_known,
    kind_before_enter,
    kind_after_enter,
    kind_number,
];

#[derive(Debug)]
enum SpanKind {
    Server,
    Consumer,
}

fn name_plain(_: &dyn Hand) {
    info_span!("checkout").in_scope(|| {});
}

fn name_at_start(_: &dyn Hand) {
    info_span!("checkout", otel.name = "GET /checkout").in_scope(|| {});
}

fn name_by_debug_and_display(_: &dyn Hand) {
    info_span!("debug", otel.name = ?"quoted").in_scope(|| {});
    info_span!("display", otel.name = %"plain").in_scope(|| {});
    info_span!("formatted", otel.name = %format_args!("{} {}", "GET", "/")).in_scope(|| {});
}

fn name_before_enter(_: &dyn Hand) {
    let span = info_span!("first", otel.name = Empty);
    span.record("otel.name", "second");
    span.in_scope(|| {});
}

fn name_after_enter(_: &dyn Hand) {
    let span = info_span!("first", otel.name = Empty);
    span.in_scope(|| span.record("otel.name", "late"));
}

fn name_after_child(_: &dyn Hand) {
    let span = info_span!("parent", otel.name = "early");
    info_span!(parent: &span, "child").in_scope(|| {});
    span.record("otel.name", "late");
}

fn name_empty(_: &dyn Hand) {
    info_span!("said", otel.name = "").in_scope(|| {});
    info_span!("").in_scope(|| {});
}

fn name_number(_: &dyn Hand) {
    info_span!("integer", otel.name = 7).in_scope(|| {});
    info_span!("truth", otel.name = true).in_scope(|| {});
}

fn name_twice(_: &dyn Hand) {
    let span = info_span!("zero", otel.name = "one");
    span.record("otel.name", "two");
    span.record("otel.name", "three");
    span.in_scope(|| {});
}

fn name_set_as_attribute(hand: &dyn Hand) {
    let span = info_span!("checkout");
    hand.set_attribute(&span, "otel.name", Set::Text("by attribute"));
    hand.set_attribute(&span, "otel.kind", Set::Text("server"));
}

fn kind_words(_: &dyn Hand) {
    for kind in ["server", "client", "producer", "consumer", "internal"] {
        info_span!("work", otel.kind = kind).in_scope(|| {});
    }
}

fn kind_any_case(_: &dyn Hand) {
    for kind in ["SERVER", "Client", "pRoDuCeR"] {
        info_span!("work", otel.kind = kind).in_scope(|| {});
    }
}

fn kind_by_debug(_: &dyn Hand) {
    info_span!("debug", otel.kind = ?SpanKind::Server).in_scope(|| {});
    info_span!("debug", otel.kind = ?SpanKind::Consumer).in_scope(|| {});
    info_span!("display", otel.kind = %"client").in_scope(|| {});
}

fn kind_by_quoted_debug(_: &dyn Hand) {
    info_span!("quoted", otel.kind = ?"server").in_scope(|| {});
    info_span!("path", otel.kind = "SpanKind::Server").in_scope(|| {});
}

fn kind_unknown(_: &dyn Hand) {
    for kind in ["", "serve", "server ", "unspecified"] {
        info_span!("work", otel.kind = kind).in_scope(|| {});
    }
}

fn kind_unknown_after_known(_: &dyn Hand) {
    let span = info_span!("work", otel.kind = "server");
    span.record("otel.kind", "nonsense");
    span.in_scope(|| {});
}

fn kind_before_enter(_: &dyn Hand) {
    let span = info_span!("work", otel.kind = "client");
    span.record("otel.kind", "server");
    span.in_scope(|| {});
}

fn kind_after_enter(_: &dyn Hand) {
    let span = info_span!("work", otel.kind = Empty);
    span.in_scope(|| span.record("otel.kind", "producer"));
}

fn kind_number(_: &dyn Hand) {
    info_span!("work", otel.kind = 3).in_scope(|| {});
}
