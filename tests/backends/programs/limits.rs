//! More than a span may carry.

use throughline::wire::KeyValue;
use throughline::{Builder, Limits, SpanExt};
use tracing::{info, info_span};

pub(super) fn attributes_cut(builder: Builder) -> Builder {
    let mut limits = Limits::default();
    (limits.attributes, limits.value_length) = (5, 4);
    builder.limits(limits)
}

pub(super) fn attributes() {
    let long = "aé漢🦀 and more";
    let span =
        info_span!("over", a = long, b = %long, c = &[1_u8, 2, 3, 4, 5][..], d = 4, e = 5, f = 6, g = 7);
    span.set_attribute("h", vec![long, "ok"]);
    span.set_attribute("a", vec![long, "ok"]);
    drop(info_span!("under", a = 1));
}

pub(super) fn few_events_and_links(builder: Builder) -> Builder {
    let mut limits = Limits::default();
    (limits.events, limits.event_attributes, limits.links, limits.link_attributes) = (2, 3, 1, 2);
    builder.limits(limits)
}

pub(super) fn events_and_links() {
    let (other, span) = (info_span!("other"), info_span!("over"));
    for n in 0..200 {
        info!(parent: &span, a = n, b = 2, c = 3, d = 4, "event {n}");
    }
    let attributes = (0..5).map(|n| KeyValue::new(format!("k{n}"), n)).collect();
    span.add_link_with_attributes(other.context(), attributes);
    span.add_link(other.context());
    span.follows_from(&other);
}
