//! The requests through fastrace, by its cheapest way: one `Span` for the root, `LocalSpan`s below. Its values
//! are strings; whatever is no string is formatted.

use fastrace::local::LocalSpan;
use fastrace::prelude::{Event, Span, SpanContext};

use super::amount::{Amount, route};
use super::kind::{BARE_CHILDREN, RICH_CHILDREN};

pub(super) fn bare(_: i64) {
    let root = Span::root("request", SpanContext::random());
    let _local = root.set_local_parent();
    for _ in 0..BARE_CHILDREN {
        let _child = LocalSpan::enter_with_local_parent("step");
    }
}

pub(super) fn fields(number: i64) {
    let root = rich_root(number);
    let _local = root.set_local_parent();
    for child in 0..RICH_CHILDREN {
        let _child = rich_child(number, child);
    }
}

pub(super) fn rich(number: i64) {
    let root = rich_root(number);
    let _local = root.set_local_parent();
    for child in 0..RICH_CHILDREN {
        let _child = rich_child(number, child);
        LocalSpan::add_event(Event::new("priced").with_property(|| ("attempt", child.to_string())));
    }
}

fn rich_root(number: i64) -> Span {
    let root = Span::root("request", SpanContext::random());
    root.with_property(|| ("route", route()))
        .with_property(|| ("number", number.to_string()))
        .with_property(|| ("total", Amount(number).to_string()))
}

fn rich_child(number: i64, child: i64) -> LocalSpan {
    LocalSpan::enter_with_local_parent("step")
        .with_property(|| ("route", route()))
        .with_property(|| ("number", child.to_string()))
        .with_property(|| ("total", Amount(number).to_string()))
}
