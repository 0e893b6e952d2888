//! A parent that is set, and links.

use crate::remote::{PARENT, UNSAMPLED, remote, remote_with};
use crate::support::{Lines, Recording, assert_child, attribute, bare, names, record};
use std::collections::HashMap;
use throughline::wire::Value;
use throughline::{Context, SpanContext, SpanExt, SpanId, TraceFlags, TraceId, current_context, propagation};
use tracing::dispatcher::with_default;
use tracing::field::Empty;
use tracing::{Dispatch, Span, debug_span, info, info_span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::{fmt, prelude::*, registry};

#[test]
fn a_remote_parent_is_told_as_remote() {
    let recording = record(bare(), || {
        let span = info_span!("server");
        span.set_parent(remote_with(PARENT, "vendor=1")).expect("nothing was handed out");
        span.in_scope(|| drop(info_span!("inner")));
    });
    let (server, inner) = (recording.span("server"), recording.span("inner"));
    assert_eq!(server.trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(server.parent_span_id.to_string(), "b7ad6b7169203331");
    assert_eq!(server.flags, 0x301);
    assert_eq!(inner.flags, 0x101);
    assert_eq!((server.trace_state.as_str(), inner.trace_state.as_str()), ("vendor=1", "vendor=1"));
    assert_child(&inner, &server);
}

#[test]
fn the_parent_may_change_while_events_and_values_come_in() {
    let recording = record(bare(), || {
        let span = info_span!("s", late = Empty).entered();
        info!("an event hands nothing out");
        span.record("late", 1);
        span.set_parent(remote(UNSAMPLED)).expect("not yet too late");
        span.set_parent(remote(PARENT)).expect("still not");
        info!("after");
    });
    let span = recording.span("s");
    assert_eq!(span.parent_span_id.to_string(), "b7ad6b7169203331");
    assert_eq!(names(&span.events), ["an event hands nothing out", "after"]);
}

/// As where a request was to bring a context, and has not.
#[test]
fn a_parent_that_names_no_trace_begins_one() {
    let recording = record(bare(), || {
        let _outer = info_span!("outer").entered();
        let inner = info_span!("inner");
        inner.set_parent(Context::default()).expect("nothing was handed out");
        inner.in_scope(|| drop(info_span!("leaf")));
        let back = info_span!("back");
        back.set_parent(remote(PARENT)).expect("nothing was handed out");
        back.set_parent(Context::default().with_sampling_decision(Some(true))).expect("still not");
    });
    let [outer, inner, leaf, back] = ["outer", "inner", "leaf", "back"].map(|name| recording.span(name));
    for root in [&inner, &back] {
        assert!(!root.parent_span_id.is_valid() && root.trace_id.is_valid(), "{root:?}");
        assert_eq!(root.flags, 0x103, "not remote, and as random as any that begins here");
    }
    assert_child(&leaf, &inner);
    assert!(inner.trace_id != outer.trace_id && back.trace_id != outer.trace_id);
    assert_ne!(back.trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c");
}

#[test]
fn a_parent_that_comes_too_late_is_an_error_and_changes_nothing() {
    let lines = Lines::default();
    let (layer, recording) = Recording::new(bare());
    let writer = lines.clone();
    let fmt = fmt::layer().event_format(throughline::log::text()).with_writer(move || writer.clone());
    with_default(&Dispatch::new(registry().with(fmt).with(layer)), || {
        let after = |what: &str, act: &dyn Fn(&Span)| {
            let span = info_span!("s");
            act(&span);
            let error = span.set_parent(remote(PARENT)).expect_err(what);
            assert!(error.is_too_late() && !error.is_not_recorded(), "{what}: {error}");
        };
        after("a child by context", &|span| span.in_scope(|| drop(info_span!("child"))));
        after("a child by name", &|span| drop(info_span!(parent: span, "child")));
        after("context()", &|span| drop(span.context()));
        after("current_context()", &|span| assert!(span.in_scope(current_context).is_valid()));
        after("a log line", &|span| span.in_scope(|| info!("line")));
        after("a log line by name", &|span| info!(parent: span, "line"));
        after("headers", &|span| {
            span.in_scope(|| propagation::inject(&mut HashMap::<String, String>::new()));
        });
        after("follows_from", &|span| {
            info_span!("s").follows_from(span);
        });
    });
    let spans = recording.spans();
    let roots = spans.iter().filter(|span| span.name == "s");
    assert_eq!(roots.map(|span| span.parent_span_id).filter(|parent| parent.is_valid()).count(), 0);
    assert_eq!(lines.text().matches("trace_id=").count(), 2, "{}", lines.text());
}

#[test]
fn a_parent_for_a_span_that_is_not_recorded_is_an_error() {
    let check = |span: &Span| {
        let error = span.set_parent(remote(PARENT)).expect_err("not recorded");
        assert!(error.is_not_recorded() && !error.is_too_late(), "{error}");
        span.add_link(remote(PARENT));
        span.set_attribute("a", 1);
    };
    check(&Span::none());
    check(&info_span!("without a subscriber"));
    with_default(&Dispatch::new(registry()), || check(&info_span!("without a layer")));
    let recording = record(bare(), || check(&debug_span!("filtered")));
    assert_eq!(recording.guard.stats().started, 0);
    let (layer, recording) = Recording::new(bare());
    with_default(&Dispatch::new(registry().with(layer).with(LevelFilter::WARN)), || {
        check(&info_span!("disabled"));
    });
    assert_eq!(recording.guard.stats().started, 0);
}

#[test]
fn a_remote_parent_that_was_not_sampled_drops_the_trace() {
    let mut flags = None;
    let recording = record(bare(), || {
        let span = info_span!("server", a = 1);
        span.set_parent(remote(UNSAMPLED)).expect("in time");
        let _in = span.enter();
        info_span!("inner").in_scope(|| info!("unheard"));
        flags = Some((current_context().trace_id(), current_context().trace_flags().to_u8()));
    });
    assert!(recording.spans().is_empty());
    let stats = recording.guard.stats();
    assert_eq!((stats.started, stats.unsampled, stats.finished), (2, 2, 0));
    assert!(stats.is_balanced());
    let (trace, flags) = flags.expect("ran");
    assert_eq!((trace.to_string().as_str(), flags), ("0af7651916cd43dd8448eb211c80319c", 0));
}

#[test]
fn an_unsampled_child_that_is_hung_under_a_sampled_parent_is_recorded_from_then_on() {
    let recording = record(bare(), || {
        let unsampled = info_span!("unsampled");
        unsampled.set_parent(remote(UNSAMPLED)).expect("in time");
        let child = unsampled.in_scope(|| info_span!("child", late = Empty));
        child.set_parent(remote(PARENT)).expect("it has no children");
        child.record("late", 1);
        child.in_scope(|| {
            info!("heard");
            drop(info_span!("grandchild", a = 1));
        });
    });
    let child = recording.span("child");
    assert_eq!(child.parent_span_id.to_string(), "b7ad6b7169203331");
    assert!(child.start_unix_nanos > 0 && child.end_unix_nanos >= child.start_unix_nanos);
    assert_eq!(attribute(&child.attributes, "late"), Some(&Value::Int(1)));
    assert_eq!(names(&child.events), ["heard"]);
    let grandchild = recording.span("grandchild");
    assert_child(&grandchild, &child);
    assert_eq!(attribute(&grandchild.attributes, "a"), Some(&Value::Int(1)));
}

#[test]
fn a_parent_of_this_process_is_not_remote() {
    let recording = record(bare(), || {
        let (one, two) = (info_span!("one"), info_span!("two"));
        two.set_parent(one.context()).expect("in time");
    });
    let (one, two) = (recording.span("one"), recording.span("two"));
    assert_child(&two, &one);
    assert_eq!(two.flags, 0x103);
}

#[test]
fn links_lead_to_spans_of_any_trace() {
    let recording = record(bare(), || {
        let (one, two) = (info_span!("one"), info_span!("two"));
        two.add_link(one.context());
        two.add_link(remote_with(PARENT, "vendor=1"));
        two.add_link(Context::default());
        two.add_link(SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::NONE, true));
        two.set_parent(remote(PARENT)).expect("a link hands out nothing of the linking span");
    });
    let (one, two) = (recording.span("one"), recording.span("two"));
    assert_eq!(two.links.len(), 3, "an invalid context is no link");
    assert_eq!((two.links[0].trace_id, two.links[0].span_id), (one.trace_id, one.span_id));
    assert_eq!((two.links[0].flags, two.links[1].flags, two.links[2].flags), (0x103, 0x301, 0x300));
    assert_eq!(two.links[1].trace_state, "vendor=1");
    assert_eq!(two.links[2].span_id, SpanId::from_u64(2));
}
