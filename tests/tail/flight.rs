//! The flight recorder: what is said at DEBUG is exported for bad traces only.

use crate::Tailed;
use crate::support::{bare, names};
use throughline::wire::Value;
use throughline::{Events, Rule, Sampler, Tail};
use tracing::{debug, error, info, info_span, trace};

fn tail() -> Tail {
    Tail::keep_errors().ratio_of_the_rest(1.0).flight_recorder("debug,quiet=off")
}

fn bodies(tailed: &Tailed) -> Vec<String> {
    let logs = tailed.logs();
    let body = |body: &Value| if let Value::String(text) = body { text.clone() } else { format!("{body:?}") };
    let mut bodies: Vec<_> = logs.iter().map(|log| body(&log.body)).collect();
    bodies.sort();
    bodies
}

fn one(tailed: &Tailed, name: &'static str, fails: bool) {
    tailed.run(|| {
        info_span!("root", otel.name = name).in_scope(|| {
            debug!("detail of {name}");
            trace!("below what it records");
            debug!(target: "quiet", "of a target that is off");
            info!("usual of {name}");
            if fails {
                error!("it failed");
            }
        });
    });
}

#[test]
fn details_leave_with_bad_traces_only_and_are_never_span_events() {
    let tailed = Tailed::with(bare(), tail());
    one(&tailed, "good", false);
    one(&tailed, "bad", true);
    tailed.run(|| debug!("outside of a trace"));
    let stats = tailed.round();
    assert_eq!(bodies(&tailed), ["detail of bad"]);
    let log = &tailed.logs()[0];
    let spans = tailed.spans();
    let bad = spans.iter().find(|span| span.name == "bad").expect("kept");
    assert_eq!((log.trace_id, log.span_id, log.severity_number), (bad.trace_id, bad.span_id, 5));
    assert_eq!(names(&bad.events), ["usual of bad", "it failed"]);
    assert_eq!(spans.len(), 2, "good ones are kept without");
    assert_eq!((stats.logs.emitted, stats.logs.finished, stats.logs.tail_dropped), (2, 1, 1));
}

#[test]
fn beside_log_records_it_adds_only_what_it_is_for() {
    let tailed = Tailed::with(bare().events(Events::Logs), tail());
    one(&tailed, "good", false);
    one(&tailed, "bad", true);
    tailed.round();
    assert_eq!(bodies(&tailed), ["detail of bad", "it failed", "usual of bad", "usual of good"]);
}

#[test]
fn where_the_spans_filter_lets_details_through_they_are_still_not_span_events() {
    let tail = tail().rule(Rule::keep("wanted").root("wanted"));
    let tailed = Tailed::with(bare().spans("trace"), tail);
    one(&tailed, "good", false);
    one(&tailed, "wanted", false);
    tailed.round();
    assert_eq!(bodies(&tailed), ["detail of wanted"]);
    let spans = tailed.spans();
    let of = |name: &str| {
        let span = spans.iter().find(|span| span.name == name).expect("kept");
        names(&span.events).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    // What the recorder does not take is what it would be without it.
    assert_eq!(of("good"), ["below what it records", "of a target that is off", "usual of good"]);
    assert_eq!(of("wanted"), ["below what it records", "of a target that is off", "usual of wanted"]);
}

#[test]
fn in_a_trace_that_the_head_did_not_sample_nothing_is_recorded() {
    let tailed = Tailed::with(bare().sampler(Sampler::always_off()), tail());
    one(&tailed, "unsampled", true);
    let stats = tailed.round();
    assert_eq!((stats.logs.emitted, stats.unsampled), (0, 1));
}

#[test]
fn a_failure_in_a_detail_does_not_make_the_span_fail_unless_the_spans_filter_wants_it() {
    for (filter, kept) in [("info", 0), ("debug", 1)] {
        let tailed = Tailed::with(bare().spans(filter), tail().ratio_of_the_rest(0.0));
        tailed.run(|| info_span!("root").in_scope(|| debug!(error = "tried again")));
        let stats = tailed.round();
        assert_eq!(stats.finished, kept, "{filter}: {stats}");
    }
}
