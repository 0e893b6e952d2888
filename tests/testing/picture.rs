//! What a picture shows.

use crate::support::{Hand, Numbers};
use std::collections::HashMap;
use throughline::testing::{Capture, assert_tree, capture};
use throughline::wire::{KeyValue, StatusCode, Value};
use throughline::{Limits, SpanExt, propagation};
use tracing::field::Empty;
use tracing::{Span, debug, error, info, info_span, trace_span, warn};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn remote() -> throughline::Context {
    propagation::extract(&HashMap::from([("traceparent".to_owned(), PARENT.to_owned())]))
}

#[test]
fn names_kinds_statuses_attributes_and_events_of_all_levels_are_shown() {
    let trace = capture(|| {
        let checkout = info_span!("checkout", otel.kind = "server", order = 7, paid = Empty).entered();
        trace_span!("charge", amount = 12.5, currency = "EUR", card = "4711", note = "two words").in_scope(
            || {
                debug!(retries = 2, "charging");
                warn!("slow");
            },
        );
        checkout.record("paid", true);
        info_span!("notify", otel.kind = "client").in_scope(|| info!(error = "no such address"));
        checkout.set_status(StatusCode::Ok, "");
    });
    assert_tree!(
        trace,
        r#"
        checkout kind=server status=ok order=7 paid=true
          charge amount=12.5 currency=EUR card="4711" note="two words"
            * charging level=DEBUG retries=2
            * slow level=WARN
          notify kind=client status=error("no such address")
            * exception level=INFO exception.message="no such address"
        "#
    );
}

#[test]
fn nothing_captured_is_an_empty_picture() {
    assert_tree!(capture(|| info!("outside a span")), "");
}

#[test]
fn spans_that_are_still_open_are_marked_and_what_happens_to_them_later_is_not_shown() {
    let capture = Capture::new();
    let (open, late) = capture.run(|| {
        let open = info_span!("open", step = 1);
        let late = open.in_scope(|| info_span!("child", late = Empty));
        (open, late)
    });
    let dispatch = capture.dispatch();
    let trace = capture.finish();
    late.record("late", 1);
    tracing::dispatcher::with_default(&dispatch, || drop((open, late, info_span!("too late"))));
    assert_tree!(
        trace,
        "
        open step=1 (unfinished)
          child (unfinished)
        "
    );
    assert!(trace.span("open").is_unfinished());
}

#[test]
fn links_and_parents_are_shown_by_name_and_not_by_id() {
    let elsewhere = capture(|| info_span!("elsewhere"));
    let elsewhere = elsewhere.span("elsewhere").data();
    let flags = throughline::TraceFlags::NONE.with_sampled(true);
    let elsewhere = throughline::SpanContext::new(elsewhere.trace_id, elsewhere.span_id, flags, false);
    let trace = capture(|| {
        let server = info_span!("GET /x", otel.kind = "server");
        server.set_parent(remote()).expect("in time");
        server.in_scope(|| {
            let first = info_span!("job");
            let second = info_span!("job");
            let batch = info_span!("batch");
            batch.add_link(server.context());
            batch.add_link(second.context());
            batch.add_link_with_attributes(first.context(), vec![KeyValue::new("lot", 3)]);
            batch.add_link(remote());
            batch.add_link(elsewhere);
        });
        info_span!("continued").set_parent(elsewhere).expect("in time");
    });
    assert_tree!(
        trace,
        r#"
        GET /x kind=server parent=remote
          job
          job
          batch link="GET /x" link=job#2 link=job#1{lot=3} link=remote link=other
        continued parent=other
        "#
    );
}

#[test]
fn both_ends_of_a_call_in_one_capture_hang_together() {
    let trace = capture(|| {
        let mut headers = HashMap::<String, String>::new();
        let client = info_span!("GET", otel.kind = "client");
        client.in_scope(|| propagation::inject(&mut headers));
        let server = info_span!(parent: None, "GET /x", otel.kind = "server");
        server.set_parent(propagation::extract(&headers)).expect("in time");
    });
    assert_tree!(
        trace,
        "
        GET kind=client
          GET /x kind=server parent=remote
        "
    );
}

#[test]
fn what_limits_dropped_is_shown() {
    let mut limits = Limits::default();
    (limits.attributes, limits.events, limits.links, limits.event_attributes) = (1, 1, 0, 2);
    let capture = Capture::with(|builder| builder.limits(limits));
    capture.run(|| {
        let span = info_span!("full", a = 1, b = 2, c = 3).entered();
        info!(a = 1, b = 2, "first");
        info!("second");
        span.add_link(remote());
    });
    assert_tree!(
        capture.finish(),
        "
        full a=1 dropped_attributes=2 dropped_events=1 dropped_links=1
          * first level=INFO a=1 dropped_attributes=1
        "
    );
}

#[test]
fn what_could_be_misread_is_quoted() {
    let trace = capture(|| {
        let span =
            info_span!("span", otel.name = "a=1\n(unfinished)", kind = "k", digits = "7", truth = "true");
        span.set_attribute("two words", "");
        span.set_attribute("list", vec!["a", "b c"]);
        span.set_attribute("map", Value::Map(vec![KeyValue::new("k", &[1_u8, 255][..])]));
        span.in_scope(|| error!(status = 1, "* \"quoted\""));
    });
    assert_tree!(
        trace,
        r#"
        "a=1\n(unfinished)" status=error "kind"=k digits="7" truth="true" "two words"="" list=[a, "b c"] map={k=0x01ff}
          * "* \"quoted\"" level=ERROR "status"=1
        "#
    );
}

#[test]
fn spans_are_in_the_order_of_their_start_even_when_the_clock_stands_still() {
    let capture = Capture::with(|builder| builder.clock(Hand::at(1)));
    capture.run(|| {
        let root = info_span!("root").entered();
        let (a, b, c) = (info_span!("a"), info_span!("b"), info_span!("c"));
        drop((c, a, root));
        b.in_scope(|| drop(info_span!("d")));
    });
    assert_tree!(capture.finish(), "root\n  a\n  b\n    d\n  c");
}

#[test]
fn ids_of_the_programs_own_are_kept_and_the_order_is_that_of_the_times() {
    let clock = Hand::at(1);
    let capture = Capture::with(|builder| builder.id_generator(Numbers::default()).clock(clock.clone()));
    capture.run(|| {
        let root = info_span!("root");
        clock.set(2);
        let first = info_span!(parent: &root, "first");
        clock.set(3);
        drop(info_span!(parent: &root, "second"));
        drop((first, root));
    });
    let trace = capture.finish();
    assert_tree!(trace, "root\n  first\n  second");
    assert_eq!(trace.span("root").data().span_id, throughline::SpanId::from_u64(1));
}

/// Every span has the same id.
struct Same;

impl throughline::IdGenerator for Same {
    fn trace_id(&self) -> throughline::TraceId {
        throughline::TraceId::from_u128(1)
    }

    fn span_id(&self) -> throughline::SpanId {
        throughline::SpanId::from_u64(1)
    }
}

#[test]
fn spans_whose_ids_make_no_tree_are_shown_all_the_same() {
    let capture = Capture::with(|builder| builder.id_generator(Same));
    capture.run(|| info_span!("a").in_scope(|| info_span!("b").in_scope(|| drop(info_span!("c")))));
    assert_eq!(capture.finish().to_string().lines().count(), 3);
}

#[test]
fn sorted_siblings_are_in_the_order_of_their_names_and_of_what_is_shown_of_them() {
    let work = |order: [usize; 4]| {
        let children = ["zebra", "ant", "bee", "bee"];
        capture(|| {
            let _root = info_span!("root").entered();
            for number in order {
                let child = info_span!("child", otel.name = children[number]).entered();
                if number == 3 {
                    drop(info_span!("below"));
                    info!("event");
                } else {
                    Span::current().set_attribute("n", number);
                }
                drop(child);
            }
        })
    };
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 3, 0, 1]] {
        assert_tree!(
            work(order).sorted(),
            "
            root
              ant n=1
              bee
                * event level=INFO
                below
              bee n=2
              zebra n=0
            "
        );
    }
}

#[test]
fn a_value_that_is_never_the_same_can_be_masked() {
    let trace = capture(|| {
        info_span!("poll", elapsed = std::process::id(), tries = 1).in_scope(|| info!(elapsed = 1, "done"));
    });
    assert_tree!(
        trace.mask("elapsed"),
        "
        poll elapsed=_ tries=1
          * done level=INFO elapsed=_
        "
    );
}

#[test]
fn a_deep_trace_is_shown_without_running_out_of_stack() {
    const DEPTH: usize = 3000;
    let trace = capture(|| {
        let mut open = Vec::new();
        (0..DEPTH).for_each(|_| open.push(info_span!("deeper").entered()));
        while open.pop().is_some() {}
    });
    let picture = trace.sorted().to_string();
    assert_eq!(picture.lines().count(), DEPTH);
    assert!(picture.ends_with(&format!("\n{:1$}deeper", "", 2 * (DEPTH - 1))));
}
