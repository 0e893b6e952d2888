//! A request that speaks several formats at once, in agreement or not.

use crate::child::{alone, init};
use crate::headers::{ALL, expected, extracted, headers, injected, pairs};
use throughline::propagation::{self, Format};
use throughline::{Context, SpanExt};
use tracing::info_span;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";
const PARENT: &str = "3a2fb8be9f6c77b8";
/// As a proxy in the middle of two worlds sends it.
const BOTH: [(&str, &str); 5] = [
    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ("x-b3-traceid", TRACE),
    ("x-b3-spanid", SPAN),
    ("x-b3-parentspanid", PARENT),
    ("x-b3-sampled", "1"),
];

fn is_the_callers_span(context: &Context) {
    let span = context.span_context();
    assert_eq!((span.trace_id().to_string().as_str(), span.span_id().to_string().as_str()), (TRACE, SPAN));
    assert!(span.is_sampled() && span.is_remote());
    assert_eq!(context.sampling_decision(), Some(true));
}

#[test]
fn each_format_alone_reads_its_own_part_of_a_request_that_speaks_two() {
    for format in ALL {
        let context = extracted(&[format], &headers(&BOTH));
        match format {
            Format::TraceContext | Format::B3 | Format::B3Multi => is_the_callers_span(&context),
            _ => assert_eq!(context, Context::default(), "{format:?}"),
        }
        let written = injected(&[format], &context);
        assert!(!written.values().any(|value| value.contains(PARENT)), "{format:?}: {written:?}");
        assert!(!written.contains_key("x-b3-parentspanid"));
    }
}

#[test]
fn all_formats_together_read_one_span_and_write_it_in_every_format_without_its_parent() {
    let context = extracted(&ALL, &headers(&BOTH));
    is_the_callers_span(&context);
    let written = injected(&ALL, &context);
    assert_eq!(
        written,
        expected(&[
            ("traceparent", BOTH[0].1),
            ("b3", &format!("{TRACE}-{SPAN}-1")),
            ("x-b3-traceid", TRACE),
            ("x-b3-spanid", SPAN),
            ("x-b3-sampled", "1"),
            ("uber-trace-id", &format!("{TRACE}:{SPAN}:0:1")),
            ("x-amzn-trace-id", &format!("Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent={SPAN};Sampled=1")),
            ("x-datadog-trace-id", "11803532876627986230"),
            ("x-datadog-parent-id", "67667974448284343"),
            ("x-datadog-sampling-priority", "1"),
            ("x-datadog-tags", "_dd.p.tid=4bf92f3577b34da6"),
        ])
    );
}

/// The whole way, in a process that speaks all of them: the server's span is a child of the caller's, and what it sends
/// names itself and nobody's parent.
#[test]
fn a_server_that_speaks_everything_goes_on_with_the_callers_trace() {
    let vars = [
        ("OTEL_PROPAGATORS", "tracecontext,baggage,b3,b3multi,jaeger,xray,datadog"),
        ("OTEL_TRACES_EXPORTER", "none"),
    ];
    let name = "contradictions::a_server_that_speaks_everything_goes_on_with_the_callers_trace";
    alone(name, &vars, || {
        let _guard = init();
        let context = propagation::extract(&headers(&BOTH));
        is_the_callers_span(&context);
        let server = info_span!("server");
        server.set_parent(context).expect("in time");
        let mut outgoing = headers(&BOTH);
        server.in_scope(|| propagation::inject(&mut outgoing));
        let (id, written) = (server.context().span_context().span_id(), pairs(&outgoing));
        assert_ne!(id.to_string(), SPAN);
        assert_eq!(written.len(), 12, "{written:?}");
        assert_eq!(written["traceparent"], format!("00-{TRACE}-{id}-01"));
        assert_eq!(written["tracestate"], format!("dd=s:1;p:{id}"));
        assert_eq!(written["x-b3-spanid"], id.to_string());
        assert!(
            !written.contains_key("x-b3-parentspanid") && !written.values().any(|it| it.contains(PARENT))
        );
    });
}

#[test]
fn of_formats_that_contradict_each_other_the_later_valid_one_counts() {
    let other = "0af7651916cd43dd8448eb211c80319c";
    let both =
        headers(&[("traceparent", BOTH[0].1), ("tracestate", "a=1"), ("b3", &format!("{other}-{SPAN}-0"))]);
    let b3_last = extracted(&[Format::TraceContext, Format::B3], &both);
    assert_eq!(b3_last.span_context().trace_id().to_string(), other);
    assert_eq!(b3_last.sampling_decision(), Some(false));
    assert!(b3_last.trace_state().is_empty(), "it was of the other trace");
    let w3c_last = extracted(&[Format::B3, Format::TraceContext], &both);
    is_the_callers_span(&w3c_last);
    assert_eq!(w3c_last.trace_state().get("a"), Some("1"));
    let broken = headers(&[("traceparent", BOTH[0].1), ("tracestate", "a=1"), ("b3", "junk")]);
    let left = extracted(&[Format::TraceContext, Format::B3], &broken);
    is_the_callers_span(&left);
    assert_eq!(left.trace_state().get("a"), Some("1"), "what fails leaves everything as it was");
}

#[test]
fn debug_of_a_trace_that_another_format_replaces_is_forgotten() {
    let other = "0af7651916cd43dd8448eb211c80319c";
    let request = headers(&[("b3", &format!("{other}-{SPAN}-d")), ("traceparent", BOTH[0].1)]);
    let context = extracted(&[Format::B3, Format::TraceContext], &request);
    assert_eq!(injected(&[Format::B3], &context)["b3"], format!("{TRACE}-{SPAN}-1"));
    let same = headers(&[("b3", &format!("{TRACE}-{SPAN}-d")), ("traceparent", BOTH[0].1)]);
    let context = extracted(&[Format::B3, Format::TraceContext], &same);
    assert_eq!(injected(&[Format::B3], &context)["b3"], format!("{TRACE}-{SPAN}-d"));
    let denied =
        headers(&[("b3", &format!("{TRACE}-{SPAN}-d")), ("traceparent", &format!("00-{TRACE}-{SPAN}-00"))]);
    let context = extracted(&[Format::B3, Format::TraceContext], &denied);
    assert_eq!(
        injected(&[Format::B3], &context)["b3"],
        format!("{TRACE}-{SPAN}-0"),
        "the later decision counts"
    );
}

#[test]
fn what_neighbours_pass_through_goes_on_from_a_server_to_its_clients() {
    let request = headers(&[
        ("x-datadog-trace-id", "7"),
        ("x-datadog-parent-id", "8"),
        ("x-datadog-sampling-priority", "2"),
        ("x-datadog-origin", "rum"),
        ("x-datadog-tags", "_dd.p.dm=-4"),
        ("x-amzn-trace-id", "Lineage=a:1|b:2"),
    ]);
    let formats = [Format::Datadog, Format::XRay];
    let context = extracted(&formats, &request);
    let recording = crate::support::record(crate::support::bare(), || {
        let server = info_span!("server");
        server.set_parent(context).expect("in time");
        let _in = server.enter();
        let client = info_span!("client");
        let written = injected(&formats, &client.context());
        let id = client.context().span_context().span_id();
        assert_eq!(written["x-datadog-parent-id"], id.to_u64().to_string());
        assert_eq!(written["x-datadog-sampling-priority"], "2");
        assert_eq!(
            (written["x-datadog-origin"].as_str(), written["x-datadog-tags"].as_str()),
            ("rum", "_dd.p.dm=-4")
        );
        assert!(written["x-amzn-trace-id"].ends_with(&format!("Parent={id};Sampled=1;Lineage=a:1|b:2")));
    });
    assert_eq!(recording.span("server").trace_id.to_u128(), 7);
}

#[test]
fn a_decision_alone_is_the_one_of_the_trace_that_begins() {
    for (header, sampled) in [("0", 0), ("1", 1), ("d", 1)] {
        let context = extracted(&[Format::B3], &headers(&[("b3", header)]));
        let recording = crate::support::record(crate::support::bare(), || {
            let server = info_span!("server");
            server.set_parent(context).expect("in time");
            let written = injected(&[Format::B3], &server.context());
            let state = if header == "d" { "-d".to_owned() } else { format!("-{sampled}") };
            assert!(written["b3"].ends_with(&state), "{written:?}");
        });
        assert_eq!(recording.spans().len(), sampled, "{header}");
    }
}
