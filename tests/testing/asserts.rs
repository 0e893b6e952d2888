//! What assertions say when they fail, and where.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Once;
use throughline::testing::{Trace, assert_tree, capture};
use throughline::wire::{SpanKind, StatusCode};
use tracing::{error, info, info_span};

fn trace() -> Trace {
    capture(|| {
        let _checkout = info_span!("checkout", otel.kind = "server", order = 7).entered();
        info_span!("charge", amount = 12.5, currency = "EUR").in_scope(|| info!(retries = 2, "charging"));
        info_span!("notify").in_scope(|| {
            info!("sent");
            info!("sent");
        });
        error!("declined");
    })
}

thread_local! {
    /// On a thread that expects a panic: the line of the last one.
    static EXPECTED: Cell<Option<u32>> = const { Cell::new(None) };
}

/// The message of a panic, and the line that it names.
fn failure(work: impl FnOnce()) -> (String, u32) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| match EXPECTED.get() {
            Some(_) => EXPECTED.set(info.location().map(Location::line)),
            None => others(info),
        }));
    });
    EXPECTED.set(Some(0));
    let panic = catch_unwind(AssertUnwindSafe(work)).expect_err("it must fail");
    let message = panic.downcast::<String>().expect("a formatted message");
    (*message, EXPECTED.take().expect("a panic has a location"))
}

#[test]
fn a_picture_that_differs_fails_at_its_line_with_a_diff_and_the_picture_to_paste() {
    let trace = trace();
    let line = line!() + 2;
    let (message, at) = failure(|| {
        assert_tree!(
            trace,
            "
            checkout kind=server status=error order=7
              * declined level=ERROR
              charge amount=12 currency=EUR
                * charging level=INFO retries=2
              refund
              notify
                * sent level=INFO
                * sent level=INFO
            "
        );
    });
    assert_eq!(at, line);
    assert_eq!(
        message,
        "the trace is not as in the picture (- expected, + found):

    checkout kind=server status=error order=7
      * declined level=ERROR
  -   charge amount=12 currency=EUR
  +   charge amount=12.5 currency=EUR
        * charging level=INFO retries=2
  -   refund
      notify
        * sent level=INFO
        * sent level=INFO

This was captured:

    checkout kind=server status=error order=7
      * declined level=ERROR
      charge amount=12.5 currency=EUR
        * charging level=INFO retries=2
      notify
        * sent level=INFO
        * sent level=INFO
"
    );
}

#[test]
fn what_was_captured_can_be_pasted_as_it_is() {
    let trace = trace();
    let (message, _) = failure(|| assert_tree!(trace, ""));
    let (_, pasted) = message.split_once("This was captured:").expect("it says so");
    assert_tree!(trace, pasted);
}

#[test]
fn a_picture_of_one_span_is_of_that_and_all_below() {
    let trace = trace();
    assert_tree!(
        trace.span("charge"),
        "
        charge amount=12.5 currency=EUR
          * charging level=INFO retries=2
        "
    );
    let (message, _) = failure(|| assert_tree!(capture(|| ()), "checkout"));
    assert!(message.contains("  - checkout\n") && message.contains("    (no spans)\n"), "{message}");
}

#[test]
fn a_span_can_be_asked_for_all_that_it_is() {
    let trace = trace();
    let (checkout, charge) = (trace.span("checkout"), trace.span("charge"));
    assert_eq!((checkout.kind(), checkout.status().code), (SpanKind::Server, StatusCode::Error));
    assert_eq!(checkout.children(), [charge, trace.span("notify")]);
    assert_eq!((charge.parent(), checkout.parent()), (Some(checkout), None));
    assert!(checkout.is_root() && !charge.is_root() && !charge.is_unfinished());
    assert_eq!((trace.roots(), trace.spans().len()), (vec![checkout], 3));
    assert_eq!(charge.attr("amount"), 12.5);
    assert_eq!(charge.attr("currency"), "EUR");
    assert_eq!(charge.try_attr("refund"), None);
    assert_eq!(charge.event("charging").attr("retries"), 2);
    assert_eq!(charge.event("charging").try_attr("amount"), None);
    assert_eq!(trace.span("notify").events().len(), 2);
    let times = [charge.data().start_unix_nanos, charge.event("charging").data().time_unix_nanos];
    assert!(times.is_sorted());
}

#[test]
fn asking_for_what_is_not_there_tells_what_is() {
    let trace = trace();
    let line = line!() + 1;
    let (message, at) = failure(|| drop(trace.span("chargee").name().to_owned()));
    assert_eq!(at, line);
    let expected =
        format!("no span is called \"chargee\" here:\n\n    {}\n", trace.to_string().replace('\n', "\n    "));
    assert_eq!(message, expected);

    let line = line!() + 1;
    let (message, at) = failure(|| assert_eq!(trace.span("charge").attr("sum"), 1));
    assert_eq!(at, line);
    assert_eq!(message, "the span \"charge\" has no attribute \"sum\"; it has: amount=12.5 currency=EUR");
    let (message, _) = failure(|| assert_eq!(trace.span("notify").attr("to"), "me"));
    assert_eq!(message, "the span \"notify\" has no attribute \"to\"; it has: none");

    let (message, _) = failure(|| assert_eq!(trace.span("notify").event("sent").name(), "sent"));
    let expected = "2 events are called \"sent\" here:\n\n    notify\n      * sent level=INFO\n      * sent level=INFO\n";
    assert_eq!(message, expected);
    let (message, _) = failure(|| assert_eq!(trace.span("charge").event("sent").attr("to"), "me"));
    assert!(message.starts_with("no event is called \"sent\" here:\n\n    charge amount=12.5"), "{message}");
    let twins = capture(|| (0..2).for_each(|_| drop(info_span!("twin"))));
    let (message, _) = failure(|| drop(twins.span("twin").children()));
    assert_eq!(message, "2 spans are called \"twin\" here:\n\n    twin\n    twin\n");
}

#[test]
fn comparing_with_another_value_shows_both() {
    let trace = trace();
    let (message, _) = failure(|| assert_eq!(trace.span("charge").attr("amount"), 12));
    assert!(
        message.contains("Double(12.5)") && message.contains("12\n") || message.ends_with("12"),
        "{message}"
    );
}
