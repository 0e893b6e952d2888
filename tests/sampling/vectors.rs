//! What other implementations decide about the same traces: recorded from them by the programs in vectors/, which name the
//! versions.

use crate::support::{Recording, bare};
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use throughline::propagation::extract;
use throughline::{IdGenerator, Sampler, SpanExt, SpanId, TraceId};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::{prelude::*, registry};

const DIGITS: usize = 14;

/// Gives each trace the id that it is told.
#[derive(Default)]
struct Told(Mutex<Option<TraceId>>);

impl IdGenerator for &'static Told {
    fn trace_id(&self) -> TraceId {
        self.0.lock().expect("not poisoned").unwrap_or(TraceId::INVALID)
    }

    fn span_id(&self) -> SpanId {
        SpanId::INVALID
    }
}

/// What we decide: whether it is sampled, and `tracestate` if so.
struct Ours {
    ids: &'static Told,
    dispatch: Dispatch,
    recording: Recording,
}

// === impl Ours ===

impl Ours {
    fn new(sampler: Sampler) -> Ours {
        let ids: &'static Told = Box::leak(Box::default());
        let (layer, recording) = Recording::new(bare().sampler(sampler).id_generator(ids));
        Ours { ids, dispatch: Dispatch::new(registry().with(layer)), recording }
    }

    /// Of a trace with this id, begun here, or continued with these flags and this state.
    fn decide(&self, trace_id: &str, continued: Option<(u64, &str)>) -> Option<String> {
        *self.ids.0.lock().expect("not poisoned") = Some(trace_id.parse().expect("an id"));
        with_default(&self.dispatch, || {
            let span = info_span!("span");
            if let Some((flags, state)) = continued {
                let traceparent = format!("00-{trace_id}-b7ad6b7169203331-{flags:02x}");
                let headers = [("traceparent", traceparent), ("tracestate", state.to_owned())];
                let headers: HashMap<_, _> = headers.map(|(key, value)| (key.to_owned(), value)).into();
                span.set_parent(extract(&headers)).expect("in time");
            }
            let context = span.context();
            context.span_context().is_sampled().then(|| context.trace_state().to_string())
        })
    }
}

fn lines(text: &str) -> impl Iterator<Item = Json> + '_ {
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON"))
}

/// One of ours for each ratio that vectors name.
fn by_ratio<'a>(all: &'a mut HashMap<String, Ours>, vector: &Json, make: fn(f64) -> Sampler) -> &'a Ours {
    let ratio = vector["ratio"].as_f64().expect("a number");
    all.entry(format!("{} {ratio}", vector["kind"])).or_insert_with(|| Ours::new(make(ratio)))
}

/// The `th` of a trace state, as the number that it stands for, and all other parts of it.
fn parts(state: &str) -> (Option<u64>, BTreeSet<&str>) {
    let pairs: Vec<&str> = state.split([',', ';']).map(|pair| pair.trim_start_matches("ot=")).collect();
    let th = pairs.iter().find_map(|pair| pair.strip_prefix("th:"));
    let number = |th: &str| u64::from_str_radix(&format!("{th:0<DIGITS$}"), 16).expect("hex digits");
    (th.map(number), pairs.into_iter().filter(|pair| !pair.starts_with("th:") && !pair.is_empty()).collect())
}

/// They write all 14 digits, we the four that the specification recommends: leading `f`s not counted.
fn is_rounded(ours: u64, theirs: u64) -> bool {
    let leading = format!("{theirs:014x}").chars().take_while(|digit| *digit == 'f').count();
    let unit = 1_u64 << (4 * DIGITS.saturating_sub(4 + leading));
    ours.abs_diff(theirs) <= unit / 2
}

#[test]
fn pythons_composable_samplers_decide_the_same() {
    let (mut samplers, mut compared) = (HashMap::new(), 0);
    for vector in lines(include_str!("vectors/python.jsonl")) {
        let text = |name: &str| vector[name].as_str().expect("text");
        let make = if text("kind") == "parent" { Sampler::ratio } else { Sampler::ratio_ignoring_parent };
        let ours = by_ratio(&mut samplers, &vector, make);
        let continued = vector["flags"].as_u64().map(|flags| (flags, text("state")));
        let after = ours.decide(text("trace_id"), continued);
        assert_eq!(after.is_some(), vector["sampled"].as_bool().expect("a truth"), "{vector}");
        if let Some(after) = after {
            let ((ours, our_rest), (theirs, their_rest)) = (parts(&after), parts(text("after")));
            assert!(is_rounded(ours.expect("a th"), theirs.expect("a th")), "{vector}: {after}");
            assert_eq!(our_rest, their_rest, "{vector}: {after}");
        }
        compared += 1;
    }
    assert!(compared > 800, "{compared}");
    assert!(samplers.values().all(|ours| ours.recording.guard.stats().is_balanced()));
}

#[test]
fn the_collectors_sampler_has_the_same_thresholds_and_decides_the_same() {
    let (mut samplers, mut compared) = (HashMap::new(), 0);
    for vector in lines(include_str!("vectors/collector.jsonl")) {
        let text = |name: &str| vector[name].as_str().expect("text");
        let ours = by_ratio(&mut samplers, &vector, Sampler::ratio);
        let after = ours.decide(text("trace_id"), None);
        let expected = vector["sampled"].as_bool().expect("a truth").then(|| format!("ot=th:{}", text("th")));
        assert_eq!(after, expected, "{vector}");
        compared += 1;
    }
    assert!(compared > 1000, "{compared}");
}

/// Worked by hand from OpenTelemetry's "TraceState: Probability Sampling".
#[test]
fn the_specifications_own_rules_hold() {
    const HALF: &str = "11111111111111111180000000000000";
    const BELOW: &str = "1111111111111111117fffffffffffff";
    let ratio = Ours::new(Sampler::ratio_ignoring_parent(0.5));
    // R = 0x80000000000000 is not below T = 0x80000000000000: sampled; the next lower one is.
    assert_eq!(ratio.decide(HALF, None).as_deref(), Some("ot=th:8"));
    assert_eq!(ratio.decide(BELOW, None), None);
    // Explicit randomness counts instead of the id's.
    assert_eq!(
        ratio.decide(BELOW, Some((0, "ot=rv:80000000000000"))).as_deref(),
        Some("ot=rv:80000000000000;th:8")
    );
    assert_eq!(ratio.decide(HALF, Some((1, "ot=rv:7fffffffffffff"))), None);
    // 14 lower-case hex digits, else it is none.
    for state in ["ot=rv:ffff", "ot=rv:FFFFFFFFFFFFFF", "ot=rv:fffffffffffffff", "ot=rv:", "ot=rv"] {
        assert_eq!(ratio.decide(BELOW, Some((1, state))), None, "{state}");
    }
    // A threshold that came along is replaced by our own, where it can be read and where it cannot.
    for state in ["ot=th:c", "ot=th:0", "ot=th:nonsense", "ot=th:", "ot=th:fffffffffffffff", "ot=th:c;th:e"] {
        assert_eq!(ratio.decide(HALF, Some((1, state))).as_deref(), Some("ot=th:8"), "{state}");
    }
    // Followed, it goes on where it explains the decision, and no further where it does not or cannot be read.
    let follows = Ours::new(Sampler::ratio(0.5));
    for (state, after) in [
        ("ot=th:8", "ot=th:8"),
        ("ot=th:7;x:1", "ot=th:7;x:1"),
        ("ot=th:c,v=1", "v=1"),
        ("ot=th:nonsense;x:1,v=1", "ot=x:1,v=1"),
        ("ot=rv:ffffffffffffff;th:ffffffffffffff", "ot=rv:ffffffffffffff;th:ffffffffffffff"),
        ("", ""),
    ] {
        assert_eq!(follows.decide(HALF, Some((1, state))).as_deref(), Some(after), "{state}");
    }
    // 1 in 3, 1 in 10, 1 in 1000 of the specification's table.
    for (one_in, th) in [(3.0, "aaab"), (10.0, "e666"), (1000.0, "ffbe77")] {
        let sampler = Ours::new(Sampler::ratio(1.0 / one_in));
        assert_eq!(sampler.decide("111111111111111111ffffffffffffff", None), Some(format!("ot=th:{th}")));
    }
}
