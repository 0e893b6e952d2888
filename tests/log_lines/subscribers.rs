//! Lines of several subscribers.

use crate::support::{Lines, Recording, bare};
use crate::{assert_ids, json, subscriber};
use throughline::log;
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::{fmt as tracing_fmt, prelude::*, registry};

#[test]
fn two_subscribers_write_their_own_ids() {
    let ((one, first), (two, second)) =
        ((Lines::default(), Recording::new(bare())), (Lines::default(), Recording::new(bare())));
    let a = subscriber(&one, log::json(), first.0);
    let b = subscriber(&two, log::json(), second.0);
    with_default(&a, || {
        let _a = info_span!("a").entered();
        with_default(&b, || {
            info!("outside of b");
            let _b = info_span!("b").entered();
            info!("in b");
            with_default(&a, || info!("in a"));
        });
    });
    assert_ids(&json(&one.with("in a")), &first.1.span("a"));
    assert_ids(&json(&two.with("in b")), &second.1.span("b"));
    assert!(json(&two.with("outside of b")).get("trace_id").is_none());
    assert_eq!((one.all().len(), two.all().len()), (1, 2));
}

#[inline(never)]
fn same_place() {
    info!("from the same place");
}

#[test]
fn a_line_of_a_subscriber_without_a_layer_never_carries_the_ids_of_another() {
    let (ours, others) = (Lines::default(), Lines::default());
    let (layer, recording) = Recording::new(bare());
    let fmt = tracing_fmt::layer().event_format(log::json()).with_writer(others.clone());
    let dispatches = [subscriber(&ours, log::json(), layer), Dispatch::new(registry().with(fmt))];
    with_default(&dispatches[0], || {
        let _in = info_span!("ours").entered();
        // The events of both lie at the same address.
        for dispatch in dispatches.iter().chain(&dispatches) {
            with_default(dispatch, same_place);
        }
    });
    for line in ours.all() {
        assert_ids(&json(&line), &recording.span("ours"));
    }
    assert_eq!((ours.all().len(), others.all().len()), (2, 2));
    for line in others.all() {
        assert!(json(&line).get("trace_id").is_none(), "{line}");
    }
}
