//! Datadog's own library on both sides of ours.

use crate::chain::{Answer, Chain, Ended};
use crate::relay::{Case, Entry, assert_one_trace, services};
use crate::service::Make;
use crate::sight::Sight;

/// No agent, no telemetry, no settings from afar: nothing leaves, and nobody is asked.
const ALONE: [(&str, &str); 6] = [
    ("DD_TRACE_AGENT_URL", "http://127.0.0.1:9"),
    ("DD_INSTRUMENTATION_TELEMETRY_ENABLED", "false"),
    ("DD_REMOTE_CONFIGURATION_ENABLED", "false"),
    ("DD_CRASHTRACKING_ENABLED", "false"),
    ("DD_RUNTIME_METRICS_ENABLED", "false"),
    ("DD_TRACE_STARTUP_LOGS", "false"),
];
const TRACE: &str = "x-datadog-trace-id";
const STYLE: &str = "DD_TRACE_PROPAGATION_STYLE";
const PRIORITY: &str = "x-datadog-sampling-priority";
const TAGS: &str = "x-datadog-tags";

/// Traces that begin in one of the services, with what the sampling priority then is.
const BEGUN: [(Case, i64); 4] = [
    (Case::new(Entry::First, "/", &[], true), 1),
    (Case::new(Entry::First, "/?manual.keep", &[], true), 2),
    (Case::new(Entry::First, "/?manual.drop", &[], false), -1),
    (Case::new(Entry::Front, "/", &[], true), 1),
];

/// Traces that come to ours from a library of old, which knows 64 bits, or from one that knows more.
const CONTINUED: [(Case, i64); 4] = [
    (Case::new(Entry::Front, "/", &[(TRACE, "18446744073709551615"), PARENT, (PRIORITY, "0")], false), 0),
    (Case::new(Entry::Front, "/", &[(TRACE, "5"), PARENT, (PRIORITY, "2")], true), 2),
    // Undecided: we decide.
    (Case::new(Entry::Front, "/", &[(TRACE, "6"), PARENT], true), 1),
    (Case::new(Entry::Front, "/", &[(TRACE, "8"), PARENT, (PRIORITY, "-1"), RUM, LONG], false), -1),
];
/// Traces that a test from outside names, which is no span of them.
const NAMED: [Case; 2] = [
    Case::new(Entry::First, "/", &[(TRACE, "9"), NONE, (PRIORITY, "1"), TEST], true),
    Case::new(Entry::Front, "/", &[(TRACE, "9"), NONE, (PRIORITY, "1"), TEST], true),
];
const NONE: (&str, &str) = ("x-datadog-parent-id", "0");
const TEST: (&str, &str) = ("x-datadog-origin", "synthetics");
const PARENT: (&str, &str) = ("x-datadog-parent-id", "7");
const RUM: (&str, &str) = ("x-datadog-origin", "rum");
const LONG: (&str, &str) = (TAGS, "_dd.p.tid=640cfd8d00000000,_dd.p.dm=-4,_dd.p.usr.id=Zm9v");
/// The ids of those traces.
const IDS: [&str; 4] = [
    "0000000000000000ffffffffffffffff",
    "00000000000000000000000000000005",
    "00000000000000000000000000000006",
    "640cfd8d000000000000000000000008",
];

/// Asks each, ends the services, and looks at what does not depend on the format.
fn asked(chain: Chain, baggage: bool, cases: &[&(Case, i64)]) -> (Ended, Vec<Answer>) {
    let answers: Vec<_> = cases.iter().map(|(case, _)| case.ask(&chain)).collect();
    let ended = chain.end();
    for (answer, (case, priority)) in answers.iter().zip(cases) {
        assert_one_trace(&ended, answer);
        for sight in answer.sights.iter().filter(|sight| sight.client_id().is_some()) {
            assert_eq!(sight.0["priority"], *priority, "{case:?}: {sight:?}");
        }
        // In baggage, which theirs pass on, or else as a header, which they do not.
        let ids: Vec<_> =
            answer.sights.iter().filter_map(|sight| sight.0["correlation_id"].as_str()).collect();
        assert_eq!((ids.len(), ids[0] == ids[1]), (2, baggage), "{ids:?}");
        let long = answer.sights[0].text("trace_id")[..16] != *"0000000000000000";
        assert!(long || !case.headers.is_empty(), "{case:?}: what is begun has 128 bits");
    }
    for (answer, id) in answers.iter().skip(BEGUN.len()).zip(IDS) {
        let front = &answer.sights[0];
        assert_eq!((front.text("trace_id"), front.text("parent_id")), (id, "0000000000000007"));
    }
    (ended, answers)
}

/// The tags that came, in order.
fn tags(sight: &Sight) -> Vec<&str> {
    let mut tags: Vec<_> = sight.received(TAGS).map_or(Vec::new(), |tags| tags.split(',').collect());
    tags.sort_unstable();
    tags
}

#[test]
#[ignore = "needs SDKs: scripts/backends install python-sdks"]
fn ids_and_priorities_agree_in_both_directions() {
    let variables = [&ALONE[..], &[(STYLE, "datadog")]].concat();
    let chain = Chain::start(&services("datadog", Make::Ddtrace, &variables));
    let cases: Vec<_> = BEGUN.iter().chain(&CONTINUED).collect();
    let (_, answers) = asked(chain, false, &cases);
    for (answer, (_, priority)) in answers.iter().zip(&cases) {
        for sight in &answer.sights[1..] {
            assert_eq!(sight.received(PRIORITY), Some(priority.to_string().as_str()), "{sight:?}");
            let high = format!("_dd.p.tid={}", &sight.text("trace_id")[..16]);
            assert_eq!(
                tags(sight).contains(&high.as_str()),
                !high.ends_with("=0000000000000000"),
                "{sight:?}"
            );
        }
    }
    // What theirs have said goes through ours unchanged.
    for answer in &answers[..3] {
        let [_, front, between, _] = &answer.sights[..] else { panic!("four services") };
        assert_eq!(tags(front).len(), 2, "{front:?}");
        assert_eq!(tags(front), tags(between));
    }
    let [front, between, back] = &answers[7].sights[..] else { panic!("three services") };
    assert_eq!((tags(front), tags(front)), (tags(between), tags(back)));
    assert_eq!([between, back].map(|sight| sight.received("x-datadog-origin")), [Some("rum"); 2]);
}

/// As theirs do it, so do ours.
#[test]
#[ignore = "needs SDKs: scripts/backends install python-sdks"]
fn a_trace_that_is_named_from_outside_begins_with_whom_it_comes_to() {
    let variables = [&ALONE[..], &[(STYLE, "datadog")]].concat();
    for case in &NAMED {
        let chain = Chain::start(&services("datadog", Make::Ddtrace, &variables));
        let answer = case.ask(&chain);
        assert_one_trace(&chain.end(), &answer);
        assert_eq!(answer.sights[0].text("trace_id"), "00000000000000000000000000000009");
        for sight in &answer.sights[1..] {
            assert_eq!(sight.received("x-datadog-origin"), Some("synthetics"), "{sight:?}");
        }
    }
}

/// Both formats at once, as their library has it by default.
#[test]
#[ignore = "needs SDKs: scripts/backends install python-sdks"]
fn both_formats_tell_the_same() {
    let chain = Chain::start(&services("tracecontext,baggage,datadog", Make::Ddtrace, &ALONE));
    let cases: Vec<_> = BEGUN.iter().chain(&CONTINUED).collect();
    let (_, answers) = asked(chain, true, &cases);
    for (answer, (_, priority)) in answers.iter().zip(&cases) {
        for sight in &answer.sights[1..] {
            assert_eq!(sight.received(PRIORITY), Some(priority.to_string().as_str()), "{sight:?}");
            assert!(dd(sight).contains(&format!("s:{priority}").as_str()), "{sight:?}");
        }
    }
}

/// Ours speak W3C, as they do by default: what theirs put into `tracestate` comes to theirs again.
#[test]
#[ignore = "needs SDKs: scripts/backends install python-sdks"]
fn their_member_of_tracestate_goes_through_w3c() {
    let chain = Chain::start(&services("tracecontext,baggage", Make::Ddtrace, &ALONE));
    let (_, answers) = asked(chain, true, &BEGUN.iter().collect::<Vec<_>>());
    for answer in &answers[..3] {
        let [_, front, between, back] = &answer.sights[..] else { panic!("four services") };
        assert!(dd(front).iter().any(|field| field.starts_with("t.dm:")), "{front:?}");
        assert_eq!(dd(front), dd(between));
        let priority = |sight| dd(sight).into_iter().find(|field| field.starts_with("s:"));
        assert_eq!((priority(front).is_some(), priority(front)), (true, priority(back)));
        assert_eq!(between.received(PRIORITY), None);
    }
}

/// The fields of the member `dd` of `tracestate`.
fn dd(sight: &Sight) -> Vec<&str> {
    let state = sight.received("tracestate").unwrap_or_default();
    let member = state.split(',').find_map(|member| member.strip_prefix("dd="));
    member.map_or(Vec::new(), |member| member.split(';').collect())
}
