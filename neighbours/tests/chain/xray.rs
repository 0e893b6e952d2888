//! X-Ray's own SDK on both sides of ours.

use crate::chain::{Answer, Chain, Ended};
use crate::daemon::Daemon;
use crate::relay::{Case, Entry, assert_one_trace, services};
use crate::service::Make;
use throughline::wire::SpanKind::Client;

const HEADER: &str = "x-amzn-trace-id";
const ROOT: &str = "5759e988bd862e3fe1be46a994272793";
const LINEAGE: &str = "Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2";

const SAMPLED: [Case; 6] = [
    Case::new(Entry::First, "/", &[], true),
    Case::new(Entry::Front, "/", &[], true),
    Case::new(
        Entry::Front,
        "/",
        &[(HEADER, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")],
        true,
    ),
    // We are asked to decide, and they are.
    Case::new(
        Entry::Front,
        "/",
        &[(HEADER, "Root=1-5759e988-bd862e3fe1be46a994272794;Parent=53995c3f42cd8ad8;Sampled=?")],
        true,
    ),
    Case::new(
        Entry::First,
        "/",
        &[(
            HEADER,
            "Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272795;\
             Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2",
        )],
        true,
    ),
    Case::new(Entry::Front, "/", &[(HEADER, "Root=1-5759e988-bd862e3fe1be46a994272798")], true),
];

const UNSAMPLED: [Case; 3] = [
    Case::new(Entry::First, "/drop", &[], false),
    Case::new(
        Entry::First,
        "/",
        &[(HEADER, "Root=1-5759e988-bd862e3fe1be46a994272796;Parent=53995c3f42cd8ad8;Sampled=0")],
        false,
    ),
    Case::new(
        Entry::Front,
        "/",
        &[(HEADER, "Root=1-5759e988-bd862e3fe1be46a994272797;Parent=53995c3f42cd8ad8;Sampled=0")],
        false,
    ),
];

fn asked<'a>(cases: impl IntoIterator<Item = &'a Case>) -> (Ended, Vec<Answer>, Daemon) {
    let daemon = Daemon::new();
    let variables = [("AWS_XRAY_DAEMON_ADDRESS", daemon.address())];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let chain = Chain::start(&services("xray", Make::XRay, &variables));
    let answers = cases.into_iter().map(|case| case.ask(&chain)).collect();
    (chain.end(), answers, daemon)
}

#[test]
#[ignore = "needs SDKs: scripts/backends install python-sdks"]
fn sampled_traces_are_one_on_both_sides() {
    let (ended, answers, daemon) = asked(&SAMPLED);
    let segments = daemon.segments();
    for answer in &answers {
        assert_one_trace(&ended, answer);
        let spans = ended.spans(answer.sights[0].text("trace_id"), 3);
        let front = spans.iter().find(|span| span.kind == Client).expect("it has asked");
        let back = spans.iter().find(|span| span.service == "back").expect("it was asked");
        // As their daemon gets it.
        let id = &front.trace_id;
        let id = format!("1-{}-{}", &id[..8], &id[8..]);
        let segment = segments.iter().find(|it| it["name"] == "between" && it["trace_id"] == id.as_str());
        let segment = segment.unwrap_or_else(|| panic!("no segment of {id}: {segments:#?}"));
        assert_eq!(segment["parent_id"], front.span_id.as_str());
        assert_eq!(segment["subsegments"][0]["id"], back.parent_id.as_str());
    }
    let theirs = answers.iter().flat_map(|answer| &answer.sights).filter(|sight| sight.client_id().is_some());
    assert_eq!(segments.len(), theirs.count());
    assert_eq!(answers[2].sights[2].text("trace_id"), ROOT);
    // A load balancer names the trace, for theirs as for ours.
    for (answer, end) in answers[4..].iter().zip(["5", "8"]) {
        assert_eq!(answer.sights[0].text("trace_id"), format!("{}{end}", &ROOT[..31]));
    }
    for sight in &answers[4].sights[1..] {
        let header = sight.received(HEADER).expect("it goes on");
        assert!(header.ends_with(LINEAGE) && !header.contains("Self="), "{header}");
    }
}

/// Their SDK has no ids in an unsampled trace, and hands zeros on: what goes through is the decision.
#[test]
#[ignore = "needs SDKs: scripts/backends install python-sdks"]
fn unsampled_traces_are_recorded_on_neither_side() {
    let (ended, answers, daemon) = asked(&UNSAMPLED);
    assert_eq!((ended.traces(), daemon.segments()), (vec![], vec![]));
    for answer in &answers {
        for sight in &answer.sights[1..] {
            let header = sight.received(HEADER).expect("it goes on");
            assert!(header.contains("Sampled=0"), "{header}");
        }
        let back = answer.sights.last().expect("the last one");
        assert!(back.received(HEADER).is_some_and(|header| header.contains("Root=1-00000000-")), "{back:?}");
    }
}
