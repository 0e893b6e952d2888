//! Through OpenTelemetry's SDKs for Python and Node, in every format that they have:
//!
//! ```text
//! browser ──► front ──► python ──gRPC──► tonic ──► node ──► back
//!             (axum)                                        (axum)
//! ```

use crate::chain::{Answer, Chain, Ended};
use crate::formats::{BROWSER, Speech};
use crate::lineage::Link;
use crate::service::{Make, Service};
use crate::sight::Sight;
use throughline::wire::SpanKind::{Client, Server};

const CORRELATION: &str = "x-correlation-id";
const ID: &str = "order-7/J+T";
/// Coded and not. There is no blank in it: Python's SDK sends that as `+`, which to all others is a `+`.
const USER: (&str, &str) = ("J%C3%BCrgen%2C%22J%2BT%22%3B100%25", "Jürgen,\"J+T\";100%");
const SAMPLED: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const UNSAMPLED: &str = "0af7651916cd43dd8448eb211c80319c";
const CHECK: &str = "grpc.health.v1.Health/Check";

fn services(ours: &str, python: &str, node: &str) -> [Service; 5] {
    let speaking = |name, make, names: &str| Service::new(name, make).variable("OTEL_PROPAGATORS", names);
    [
        speaking("front", Make::Axum, ours),
        speaking("python", Make::Python, python),
        speaking("tonic", Make::Tonic, ours),
        speaking("node", Make::Node, node),
        speaking("back", Make::Axum, ours),
    ]
}

/// Asks as a browser that is in a trace, or in none, with baggage and a correlation id.
fn ask(chain: &Chain, speech: Speech, trace: Option<(&str, bool)>) -> Answer {
    let context = trace.map(|(id, sampled)| speech.headers(id, sampled)).unwrap_or_default();
    let user = speech.baggage("user", USER.0);
    let mut headers: Vec<(&str, &str)> =
        context.iter().map(|(name, value)| (*name, value.as_str())).collect();
    headers.extend([(user.0.as_str(), user.1.as_str()), (CORRELATION, ID)]);
    chain.ask(&headers)
}

#[track_caller]
fn assert_one_trace(ended: &Ended, answer: &Answer, parent: Option<&str>) {
    let line = Link::line(&ended.spans(answer.sights[0].text("trace_id"), 9));
    let spans: Vec<_> =
        line.iter().map(|link| (link.service.as_str(), link.kind, link.name.as_str())).collect();
    let expected = [
        ("front", Server, "GET /"),
        ("front", Client, "GET"),
        ("python", Server, "GET /"),
        ("python", Client, CHECK),
        ("tonic", Server, CHECK),
        ("tonic", Client, "GET"),
        ("node", Server, "GET /"),
        ("node", Client, "GET"),
        ("back", Server, "GET /"),
    ];
    assert_eq!(spans, expected);
    assert_eq!(line[0].parent_id, parent.unwrap_or("0000000000000000"));
    // What each service says of itself is what it has sent; its parent is the span that the one before has sent.
    for (sight, server) in answer.sights.iter().zip(line.iter().filter(|link| link.kind == Server)) {
        assert_eq!((sight.text("span_id"), sight.is_sampled()), (server.span_id.as_str(), true));
    }
    line.iter().for_each(assert_is_as_ours_are);
}

/// The correlation id is on all our spans; their flags say sampled, and which parents are in other processes.
#[track_caller]
fn assert_is_as_ours_are(link: &Link) {
    if ["front", "tonic", "back"].contains(&link.service.as_str()) {
        assert_eq!(link.correlation_id.as_deref(), Some(ID), "{link:?}");
        let has_parent = link.parent_id != "0000000000000000";
        let remote = if link.kind == Server && has_parent { 0x300 } else { 0x100 };
        assert_eq!(link.flags & 0x301, remote | 1, "{link:?}");
    }
}

/// All services have seen the same trace, the same decision, the id and the baggage.
#[track_caller]
fn assert_seen(answer: &Answer, sampled: bool) {
    assert_eq!(answer.correlation_id.as_deref(), Some(ID), "back at the browser");
    let trace_id = answer.sights[0].text("trace_id");
    for (place, sight) in answer.sights.iter().enumerate() {
        assert_eq!((sight.text("trace_id"), sight.is_sampled()), (trace_id, sampled), "{sight:?}");
        assert_eq!(sight.baggage("user"), Some(USER.1), "{sight:?}");
        // What the front service says itself.
        assert_eq!(sight.baggage("sum"), (place > 0).then_some("1+1=2"), "{sight:?}");
        assert_eq!(sight.baggage("correlation.id"), Some(ID), "{sight:?}");
    }
    for ours in [0, 2, 4] {
        assert_eq!(answer.sights[ours].text("correlation_id"), ID);
    }
    // In the responses to Python (gRPC) and Node.
    assert_eq!([2, 4].map(|place| answer.sights[place].text("told")), [ID; 2]);
}

/// The logged lines of our services, each with the ids of its trace.
#[track_caller]
fn assert_logged(ended: &Ended, answers: &[&Answer]) {
    for answer in answers {
        for ours in [0, 2, 4] {
            let sight = &answer.sights[ours];
            let lines = ended.log.iter().filter(|line| line["span_id"] == sight.text("span_id"));
            let lines: Vec<_> = lines.collect();
            assert_eq!(lines.len(), 1, "{:#?}", ended.log);
            assert_eq!(
                (&lines[0]["trace_id"], &lines[0]["correlation_id"]),
                (&sight.0["trace_id"], &ID.into())
            );
        }
    }
    assert_eq!(ended.log.len(), 3 * answers.len(), "{:#?}", ended.log);
}

/// Three requests: sampled, unsampled, and one that comes without a trace.
fn spoken(ours: Speech, python: Speech, node: Speech) -> (Ended, [Answer; 3]) {
    let chain = Chain::start(&services(ours.names(), python.names(), node.names()));
    let answers =
        [Some((SAMPLED, true)), Some((UNSAMPLED, false)), None].map(|trace| ask(&chain, ours, trace));
    let ended = chain.end();
    for (answer, sampled) in answers.iter().zip([true, false, true]) {
        assert_seen(answer, sampled);
    }
    let [sampled, unsampled, begun] = &answers;
    assert_eq!(
        (sampled.sights[0].text("trace_id"), unsampled.sights[0].text("trace_id")),
        (SAMPLED, UNSAMPLED)
    );
    assert_one_trace(&ended, sampled, Some(BROWSER));
    assert_one_trace(&ended, begun, None);
    let mut recorded = vec![SAMPLED, begun.sights[0].text("trace_id")];
    recorded.sort_unstable();
    assert_eq!(ended.traces(), recorded, "of the unsampled trace there is nothing, whoever's");
    assert_logged(&ended, &answers.each_ref());
    // Who has sent: ours, python, ours, node.
    for (place, speech) in [(1, ours), (2, python), (3, ours), (4, node)] {
        for answer in [sampled, unsampled] {
            assert_eq!(answer.sights[place].headers(), speech.seen(), "what {place} has got");
        }
    }
    (ended, answers)
}

#[test]
#[ignore = "needs SDKs: scripts/backends install python-sdks node-sdks"]
fn w3c() {
    let (_, [sampled, unsampled, begun]) = spoken(Speech::W3c, Speech::W3c, Speech::W3c);
    let flags = |answer: &Answer| answer.sights[4].received("traceparent").expect("there")[53..].to_owned();
    assert_eq!([&sampled, &unsampled].map(flags), ["01", "00"]);
    // Of a trace that we begin the random bit is told too. Python's SDK keeps it, Node's does not.
    let flags = |sight: &Sight| sight.received("traceparent").expect("there")[53..].to_owned();
    assert_eq!(begun.sights[1..].iter().map(flags).collect::<Vec<_>>(), ["03", "03", "03", "01"]);
    for sight in &sampled.sights {
        assert_eq!(sight.received("tracestate"), Some("browser=1"), "{sight:?}");
    }
}

#[test]
#[ignore = "needs SDKs: scripts/backends install python-sdks node-sdks"]
fn b3() {
    spoken(Speech::B3, Speech::B3, Speech::B3);
}

#[test]
#[ignore = "needs SDKs: scripts/backends install python-sdks node-sdks"]
fn b3_in_several_headers() {
    spoken(Speech::B3Multi, Speech::B3Multi, Speech::B3Multi);
}

#[test]
#[ignore = "needs SDKs: scripts/backends install python-sdks node-sdks"]
fn b3_in_one_header_to_neighbours_that_answer_in_several() {
    spoken(Speech::B3, Speech::B3Multi, Speech::B3Multi);
}

#[test]
#[ignore = "needs SDKs: scripts/backends install python-sdks node-sdks"]
fn b3_in_several_headers_to_neighbours_that_answer_in_one() {
    spoken(Speech::B3Multi, Speech::B3, Speech::B3);
}

#[test]
#[ignore = "needs SDKs: scripts/backends install python-sdks node-sdks"]
fn jaeger() {
    spoken(Speech::Jaeger, Speech::Jaeger, Speech::Jaeger);
}

/// Node's SDK keeps what B3 says beyond sampled; Python's does not, and is left out.
#[test]
#[ignore = "needs SDKs: scripts/backends install python-sdks node-sdks"]
fn debugging_in_b3_stays_debugging() {
    for (speech, header, debug) in [(Speech::B3, "b3", "-d"), (Speech::B3Multi, "x-b3-flags", "1")] {
        let [front, _, _, node, back] = services(speech.names(), speech.names(), speech.names());
        let chain = Chain::start(&[front, node, back]);
        let answer = chain.ask(&[("b3", &format!("{SAMPLED}-{BROWSER}-d"))]);
        let ended = chain.end();
        Link::line(&ended.spans(SAMPLED, 5));
        for sight in &answer.sights[1..] {
            assert!(sight.received(header).is_some_and(|value| value.ends_with(debug)), "{sight:?}");
            assert_eq!((sight.is_sampled(), sight.received("x-b3-sampled")), (true, None), "{sight:?}");
        }
    }
}

/// Ours speak all there is; Python reads one format of it, Node another.
#[test]
#[ignore = "needs SDKs: scripts/backends install python-sdks node-sdks"]
fn neighbours_that_have_no_format_in_common() {
    let all = "tracecontext,baggage,b3,jaeger";
    let chain = Chain::start(&services(all, Speech::B3.names(), Speech::Jaeger.names()));
    let sampled = ask(&chain, Speech::W3c, Some((SAMPLED, true)));
    let unsampled = ask(&chain, Speech::W3c, Some((UNSAMPLED, false)));
    let ended = chain.end();
    assert_seen(&sampled, true);
    assert_seen(&unsampled, false);
    assert_one_trace(&ended, &sampled, Some(BROWSER));
    assert_eq!(ended.traces(), [SAMPLED]);
    let seen = [2, 4].map(|place| sampled.sights[place].headers());
    assert_eq!(seen, [Speech::B3.seen(), Speech::Jaeger.seen()]);
}

/// Without baggage the id goes as a header, which the neighbours' programs pass on.
#[test]
#[ignore = "needs SDKs: scripts/backends install python-sdks node-sdks"]
fn a_correlation_id_where_there_is_no_baggage() {
    let chain = Chain::start(&services("b3", "b3", "b3"));
    let answer = ask(&chain, Speech::B3, Some((SAMPLED, true)));
    let ended = chain.end();
    assert_one_trace(&ended, &answer, Some(BROWSER));
    assert_logged(&ended, &[&answer]);
    assert_eq!(answer.correlation_id.as_deref(), Some(ID));
    for sight in &answer.sights[1..] {
        assert_eq!((sight.headers(), sight.received(CORRELATION)), (vec!["b3", CORRELATION], Some(ID)));
    }
}
