//! Ids from a generator, and the random flag.

use crate::support::{Numbers, Recording, assert_child, bare, record};
use crate::traces::Traces;
use std::sync::Mutex;
use throughline::{SpanId, TraceId};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::{prelude::*, registry};

#[test]
fn ids_come_from_the_generator_and_bad_ones_are_replaced() {
    let recording = record(bare().id_generator(Numbers::default()), || {
        info_span!("outer").in_scope(|| drop(info_span!("inner")));
        drop(info_span!("second"));
    });
    let (outer, inner, second) = (recording.span("outer"), recording.span("inner"), recording.span("second"));
    assert_eq!((outer.trace_id, second.trace_id), (TraceId::from_u128(1), TraceId::from_u128(2)));
    let ids = [outer.span_id, inner.span_id, second.span_id];
    assert_eq!(ids, [1, 2, 3].map(SpanId::from_u64));
    assert_eq!(outer.flags, 0x101, "the generator does not say that its ids are random");

    let recording = record(bare().id_generator(Traces(Mutex::default(), false)), || {
        info_span!("outer").in_scope(|| drop(info_span!("inner")));
    });
    let (outer, inner) = (recording.span("outer"), recording.span("inner"));
    assert!(outer.trace_id.is_valid() && outer.span_id.is_valid() && inner.span_id.is_valid());
    assert_child(&inner, &outer);
    assert_eq!(outer.flags, 0x103, "ids of our own are random");
}

#[test]
fn the_random_flag_tells_of_random_ids_unless_it_is_switched_off() {
    let flags = |builder| record(builder, || drop(info_span!("s"))).span("s").flags;
    assert_eq!(flags(bare()), 0x103);
    assert_eq!(flags(bare().random_flag(false)), 0x101);
    assert_eq!(flags(bare().id_generator(Traces(Mutex::new(vec![7]), true))), 0x103);
    assert_eq!(flags(bare().id_generator(Traces(Mutex::new(vec![7]), false))), 0x101);
    let generator = Traces(Mutex::new(vec![7]), true);
    assert_eq!(flags(bare().id_generator(generator).random_flag(false)), 0x101);
}

#[test]
fn random_ids_differ_between_threads_and_spans() {
    let (layer, recording) = Recording::new(bare());
    let dispatch = Dispatch::new(registry().with(layer));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| with_default(&dispatch, || (0..500).for_each(|_| drop(info_span!("s")))));
        }
    });
    let spans = recording.spans();
    let ids: std::collections::HashSet<_> = spans.iter().map(|span| (span.trace_id, span.span_id)).collect();
    let traces: std::collections::HashSet<_> = spans.iter().map(|span| span.trace_id).collect();
    assert_eq!((spans.len(), ids.len(), traces.len()), (4000, 4000, 4000));
}
