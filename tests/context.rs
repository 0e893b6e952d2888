//! Contexts: handed out, set, carried over threads and services, decided by samplers.

mod support;

use std::collections::HashMap;
use std::sync::Mutex;
use support::{Hand, Lines, Numbers, Recording, assert_child, attribute, bare, names, record};
use throughline::wire::Value;
use throughline::{
    Clock, Context, IdGenerator, Sampler, SpanContext, SpanData, SpanExt, SpanId, TraceFlags, TraceId,
    current_context, propagation,
};
use tracing::dispatcher::with_default;
use tracing::field::Empty;
use tracing::{Dispatch, Span, debug_span, info, info_span};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::{fmt, prelude::*, registry};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const UNSAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

fn remote(traceparent: &str) -> Context {
    remote_with(traceparent, "")
}

fn remote_with(traceparent: &str, tracestate: &str) -> Context {
    let headers = [("traceparent", traceparent), ("tracestate", tracestate)];
    let headers: HashMap<_, _> = headers.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    propagation::extract(&headers)
}

fn is_of(span: &SpanData, context: &Context) -> bool {
    let context = context.span_context();
    (context.trace_id(), context.span_id()) == (span.trace_id, span.span_id)
}

// === handing out ===

#[test]
fn the_context_of_a_span_is_that_of_the_exported_span_entered_or_not() {
    let mut contexts = Vec::new();
    let recording = record(bare(), || {
        let span = info_span!("s");
        contexts.push(span.context());
        span.in_scope(|| {
            contexts.push(span.context());
            contexts.push(Span::current().context());
            contexts.push(current_context().into());
        });
    });
    let span = recording.span("s");
    for context in contexts {
        assert!(is_of(&span, &context) && !context.span_context().is_remote());
        assert_eq!(context.span_context().trace_flags().to_u8(), 3, "sampled and random");
        assert_eq!(context.sampling_decision(), Some(true));
    }
}

#[test]
fn outside_of_a_recorded_span_there_is_no_context() {
    assert_eq!(current_context(), SpanContext::INVALID);
    let recording = record(bare().spans("info"), || {
        assert_eq!(current_context(), SpanContext::INVALID);
        let hidden = debug_span!("hidden").entered();
        assert!(!hidden.context().is_valid());
        assert_eq!(current_context(), SpanContext::INVALID);
        assert!(!Span::none().context().is_valid());
    });
    assert_eq!(recording.guard.stats().started, 0);
    with_default(&Dispatch::new(registry()), || {
        let _in = info_span!("of a subscriber without a layer").entered();
        assert!(!Span::current().context().is_valid());
    });
}

#[test]
fn the_current_context_is_that_of_the_innermost_recorded_span() {
    let (layer, recording) = Recording::new(bare().spans("trace"));
    let filtered = layer.with_filter(filter_fn(|metadata| metadata.name() != "hidden"));
    let subscriber = registry().with(filtered).with(fmt::layer().with_writer(std::io::sink));
    let mut seen = None;
    with_default(&Dispatch::new(subscriber), || {
        let _outer = info_span!("outer").entered();
        let hidden = info_span!("hidden").entered();
        seen = Some((current_context(), hidden.context()));
    });
    let (current, hidden) = seen.expect("ran");
    assert!(is_of(&recording.span("outer"), &current.into()));
    assert!(!hidden.is_valid(), "a span that is not recorded has no context of its own");
}

#[test]
fn the_current_context_is_that_of_the_subscriber_that_is_the_default() {
    let ((first, one), (second, two)) = (Recording::new(bare()), Recording::new(bare()));
    let (a, b) = (Dispatch::new(registry().with(first)), Dispatch::new(registry().with(second)));
    let mut seen = Vec::new();
    with_default(&a, || {
        let _in = info_span!("a").entered();
        with_default(&b, || {
            assert!(!current_context().is_valid(), "nothing is entered in b");
            let _in = info_span!("b").entered();
            seen.push(current_context());
            with_default(&a, || seen.push(current_context()));
            with_default(&Dispatch::none(), || assert!(!current_context().is_valid()));
        });
        seen.push(current_context());
    });
    assert!(is_of(&two.span("b"), &seen[0].into()));
    assert!(is_of(&one.span("a"), &seen[1].into()) && seen[1] == seen[2]);
}

#[test]
fn with_two_layers_the_first_built_answers() {
    let ((first, one), (second, two)) = (Recording::new(bare()), Recording::new(bare()));
    let mut seen = Context::default();
    with_default(&Dispatch::new(registry().with(second).with(first)), || {
        let span = info_span!("s");
        span.set_attribute("set", 1);
        let _in = span.enter();
        seen = span.context();
        assert_eq!(seen.span_context(), current_context());
    });
    assert!(is_of(&one.span("s"), &seen));
    assert_eq!(attribute(&one.span("s").attributes, "set"), Some(&Value::Int(1)));
    assert!(two.span("s").attributes.is_empty());
}

// === set_parent ===

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

// === samplers, ids and clocks ===

/// Traces with these ids, one after another; the rest are random.
struct Traces(Mutex<Vec<u128>>, bool);

impl IdGenerator for Traces {
    fn trace_id(&self) -> TraceId {
        TraceId::from_u128(self.0.lock().expect("not poisoned").pop().unwrap_or_default())
    }

    fn span_id(&self) -> SpanId {
        SpanId::INVALID
    }

    fn random_trace_ids(&self) -> bool {
        self.1
    }
}

#[test]
fn a_ratio_takes_what_is_not_below_its_threshold_and_writes_it_down() {
    const BELOW: u128 = 1 << 100 | 0x7f_ffff_ffff_ffff;
    const AT: u128 = 1 << 100 | 0x80_0000_0000_0000;
    let ids = Traces(Mutex::new(vec![AT, BELOW]), true);
    let recording = record(bare().sampler(Sampler::ratio(0.5)).id_generator(ids), || {
        drop(info_span!("below"));
        info_span!("at").in_scope(|| drop(info_span!("inner")));
    });
    let (at, inner) = (recording.span("at"), recording.span("inner"));
    assert_eq!((at.trace_state.as_str(), inner.trace_state.as_str()), ("ot=th:8", "ot=th:8"));
    assert_eq!(at.trace_id, TraceId::from_u128(AT));
    let stats = recording.guard.stats();
    assert_eq!((stats.started, stats.unsampled, stats.finished), (3, 1, 2));
    assert!(stats.is_balanced());
}

#[test]
fn a_ratio_follows_the_decision_of_a_remote_parent_and_keeps_its_threshold() {
    let recording = record(bare().sampler(Sampler::ratio(0.0)), || {
        let span = info_span!("server");
        // The randomness, 0x20_c803_19c..., is over this threshold.
        span.set_parent(remote_with(PARENT, "ot=th:2,vendor=1")).expect("in time");
        drop(span);
        drop(info_span!("begun here"));
    });
    let span = recording.span("server");
    assert_eq!(span.trace_state, "ot=th:2,vendor=1");
    assert_eq!(recording.spans().len(), 1);
    assert_eq!(recording.guard.stats().unsampled, 1);
}

#[test]
fn what_is_not_sampled_is_counted_and_has_ids_all_the_same() {
    let mut seen = Vec::new();
    let recording = record(bare().sampler(Sampler::always_off()).random_flag(false), || {
        let outer = info_span!("outer", a = 1).entered();
        outer.set_attribute("b", 2);
        info!("unheard");
        seen.push(outer.context());
        info_span!("inner").in_scope(|| seen.push(current_context().into()));
        info_span!(parent: None, "root").in_scope(|| seen.push(current_context().into()));
    });
    let [outer, inner, root] = &seen[..] else { panic!("three contexts") };
    assert!(
        seen.iter().all(|context| context.is_valid() && context.span_context().trace_flags().to_u8() == 0)
    );
    assert_eq!(outer.span_context().trace_id(), inner.span_context().trace_id());
    assert_ne!(outer.span_context().span_id(), inner.span_context().span_id());
    assert_ne!(outer.span_context().trace_id(), root.span_context().trace_id());
    assert!(recording.spans().is_empty());
    let stats = recording.guard.stats();
    assert_eq!((stats.started, stats.unsampled), (3, 3));
    assert!(stats.is_balanced(), "{stats}");
}

#[test]
fn a_sampler_that_cannot_be_is_refused_by_name() {
    let error = bare().sampler(Sampler::ratio(1.5)).build().expect_err("over 1");
    assert!(error.is_config() && error.to_string().contains("1.5"), "{error}");
}

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

/// A clock that runs backwards.
struct Backwards(Mutex<u64>);

impl Clock for Backwards {
    fn now_unix_nanos(&self) -> u64 {
        let mut now = self.0.lock().expect("not poisoned");
        *now -= 1;
        *now
    }
}

#[test]
fn times_come_from_the_clock_and_a_span_never_ends_before_it_began() {
    let clock = Hand::at(u64::MAX);
    let recording = record(bare().clock(clock), || drop(info_span!("at the end of time").entered()));
    assert_eq!(recording.spans()[0].end_unix_nanos, u64::MAX);
    let recording = record(bare().clock(Backwards(Mutex::new(1000))), || {
        info_span!("s").in_scope(|| info!("e"));
    });
    let span = recording.span("s");
    assert_eq!((span.start_unix_nanos, span.end_unix_nanos), (999, 999));
}

// === services ===

#[test]
fn a_trace_goes_on_in_another_service_by_every_carrier() {
    let ((client, caller), (server, callee)) = (Recording::new(bare()), Recording::new(bare()));
    let (client, server) = (Dispatch::new(registry().with(client)), Dispatch::new(registry().with(server)));
    std::thread::scope(|scope| {
        let (sender, receiver) = std::sync::mpsc::channel::<(http::HeaderMap, HashMap<String, String>)>();
        scope.spawn(move || {
            with_default(&client, || {
                let span = info_span!("call");
                span.set_parent(remote_with(PARENT, "vendor=1")).expect("in time");
                let _in = span.enter();
                let (mut headers, mut map) = (http::HeaderMap::new(), HashMap::new());
                headers.insert("traceparent", http::HeaderValue::from_static("stale"));
                map.insert("Traceparent".to_owned(), "stale".to_owned());
                propagation::inject(&mut headers);
                propagation::inject(&mut map);
                sender.send((headers, map)).expect("somebody listens");
            });
        });
        scope.spawn(move || {
            with_default(&server, || {
                let (headers, map) = receiver.recv().expect("the client sends");
                assert_eq!(map.len(), 2, "{map:?}");
                let contexts = [propagation::extract(&headers), propagation::extract(&map)];
                assert_eq!(contexts[0], contexts[1]);
                for context in contexts {
                    let span = info_span!("serve");
                    span.set_parent(context).expect("in time");
                }
            });
        });
    });
    let call = caller.span("call");
    let served = callee.spans();
    assert_eq!(served.len(), 2);
    for span in &served {
        assert_child(span, &call);
        assert_eq!((span.flags, span.trace_state.as_str()), (0x301, "vendor=1"));
    }
}

#[test]
fn outside_of_a_span_nothing_is_injected_and_stale_headers_are_removed_or_left_consistent() {
    let recording = record(bare(), || {
        let mut map = HashMap::<String, String>::new();
        propagation::inject(&mut map);
        assert!(map.is_empty(), "{map:?}");
    });
    assert_eq!(recording.guard.stats().started, 0);
}

#[test]
fn bad_headers_begin_a_new_trace() {
    for bad in ["", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "garbage", &PARENT.to_uppercase()]
    {
        let recording = record(bare(), || {
            let span = info_span!("server");
            span.set_parent(remote_with(bad, "vendor=1")).expect("in time");
        });
        let span = recording.span("server");
        assert!(span.trace_id.is_valid() && !span.parent_span_id.is_valid(), "{bad}");
        assert_eq!((span.flags, span.trace_state.as_str()), (0x103, ""), "{bad}");
    }
}
