//! What is fuzzed, each as a function of bytes: the targets of libFuzzer call them, and so does `soak`.
//!
//! The bytes are the values of headers, one a line. Whatever they are, nothing panics, what is read is valid, what is
//! written can stand in a header, and what was written is read back as it was.

mod raw;

use raw::{Raw, Written};
use throughline::propagation::{Format, Propagator, correlation};
use throughline::wire;
use throughline::{Context, CorrelationId, SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// A target.
pub type Target = (&'static str, fn(&[u8]));

/// All of them, with their names.
pub const TARGETS: [Target; 10] = [
    ("trace_context", trace_context),
    ("baggage", baggage),
    ("b3", b3),
    ("jaeger", jaeger),
    ("xray", xray),
    ("datadog", datadog),
    ("all_formats", all_formats),
    ("correlation_id", correlation_id),
    ("ids", ids),
    ("otlp", otlp),
];

/// Lines that a mutation may begin with.
pub const SEEDS: [&str; 17] = [
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\ncongo=t61rcWkgMzE,rojo=00f067aa0ba902b7",
    "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-more\ndd=s:2;o:rum;t.dm:-4;p:00f067aa0ba902b7",
    "a=1;p=2;q, b = %20%C3%A4%C4x ,correlation.id=me",
    "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1-3a2fb8be9f6c77b8",
    "d",
    "junk\n4bf92f3577b34da6a3ce929d0e0e4736\n00f067aa0ba902b7\ntrue\n1\n3a2fb8be9f6c77b8",
    "4bf92f3577b34da6a3ce929d0e0e4736:00f067aa0ba902b7:0:1\nx%20y+z",
    "1%3A2%3A0%3A3\n%2B%\n%00",
    "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1|b:2",
    "Self=1-x; Sampled=?; Parent=53995c3f42cd8ad8; Root=1-5759e988-bd862e3fe1be46a994272793",
    "11803532876627986230\n67667974448284343\n2\nrum\n_dd.p.tid=4bf92f3577b34da6,_dd.p.dm=-4",
    "18446744073709551615\n1\n-1\n\n_dd.p.usr.id=baz64==",
    "01890a5d-ac96-774b-bcce-b302099a8057",
    "a\r\nSet-Cookie: b",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "00f067aa0ba902b7",
    // A request with one span.
    "\n\x26\x12\x24\x12\x22\n\x10tttttttttttttttt\x12\x08ssssssss*\x04name",
];

pub fn trace_context(bytes: &[u8]) {
    format(Format::TraceContext, &["traceparent", "tracestate", "tracestate"], bytes);
    if let Some(state) = std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<TraceState>().ok()) {
        assert!(state.iter().count() <= 32 && state.to_header().len() <= 512);
        assert_eq!(state.to_string().parse(), Ok(state));
    }
}

pub fn baggage(bytes: &[u8]) {
    format(Format::Baggage, &["baggage", "baggage"], bytes);
}

pub fn b3(bytes: &[u8]) {
    let names = ["b3", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags", "x-b3-parentspanid"];
    format(Format::B3, &names, bytes);
    format(Format::B3Multi, &names[1..], bytes);
}

pub fn jaeger(bytes: &[u8]) {
    format(Format::Jaeger, &["uber-trace-id", "uberctx-a", "Uberctx-b", "uberctx-correlation.id"], bytes);
}

pub fn xray(bytes: &[u8]) {
    format(Format::XRay, &["x-amzn-trace-id"], bytes);
}

pub fn datadog(bytes: &[u8]) {
    format(Format::Datadog, Format::Datadog.fields(), bytes);
}

/// One after the other, in an order that the first byte chooses.
pub fn all_formats(bytes: &[u8]) {
    use Format::{B3, B3Multi, Baggage, Datadog, Jaeger, TraceContext, XRay};
    let mut formats = [TraceContext, Baggage, B3, B3Multi, Jaeger, XRay, Datadog];
    let first = usize::from(bytes.first().copied().unwrap_or_default()) % formats.len();
    formats.rotate_left(first);
    let names: Vec<&str> = formats.iter().flat_map(|format| format.fields()).copied().collect();
    let carrier = Raw::new(&names, bytes.get(1..).unwrap_or_default());
    let context = formats.iter().fold(Context::default(), |base, format| format.extract(&carrier, base));
    check(&context);
    let mut written = Written::default();
    formats.iter().for_each(|format| format.inject(&context, &mut written));
}

pub fn correlation_id(bytes: &[u8]) {
    let carrier = Raw::new(&["x-correlation-id", "x-request-id"], bytes);
    let context = correlation::at_edge(Context::default(), &carrier);
    check(&context);
    let id = context.correlation_id().expect("there is one in any case");
    assert_eq!(context.baggage().get("correlation.id").as_deref(), Some(id.as_str()));
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert!(
            text.parse::<CorrelationId>().is_ok_and(|id| id.as_str() == text)
                == text.parse::<CorrelationId>().is_ok()
        );
    }
}

pub fn ids(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(id) = text.parse::<TraceId>() {
        assert_eq!(id.to_string(), text.to_ascii_lowercase());
    }
    if let Ok(id) = text.parse::<SpanId>() {
        assert_eq!(id.to_string(), text.to_ascii_lowercase());
    }
}

/// Bodies of requests and answers: one that can be read is read again as it was, once written.
pub fn otlp(bytes: &[u8]) {
    if let Ok(request) = wire::read_traces(bytes) {
        let once = wire::write_traces(&request);
        let again = wire::read_traces(&once).expect("what we write can be read");
        assert_eq!(once, wire::write_traces(&again));
    }
    let _ = (
        wire::read_span(bytes),
        wire::read_log(bytes),
        wire::read_logs(bytes),
        wire::read_export_response(bytes),
    );
}

/// What one format makes of headers with these names.
fn format(format: Format, names: &[&str], bytes: &[u8]) {
    let carrier = Raw::new(names, bytes);
    let context = format.extract(&carrier, Context::default());
    check(&context);
    let mut written = Written::default();
    format.inject(&context, &mut written);
    let again = format.extract(&written, Context::default());
    assert_eq!(again.correlation_id(), context.correlation_id());
    let mut twice = Written::default();
    format.inject(&again, &mut twice);
    assert_eq!(twice, written, "what was written is read back as it was");
    leaves_or_replaces(format, &carrier, &context);
}

/// A base that another format has filled is left or replaced as a whole.
fn leaves_or_replaces(format: Format, carrier: &Raw, alone: &Context) {
    let span =
        SpanContext::new(TraceId::from_u128(u128::MAX), SpanId::from_u64(1), TraceFlags::SAMPLED, true);
    let onto = format.extract(carrier, Context::new(span));
    let expected = if alone.is_valid() { alone.span_context() } else { span };
    // Datadog alone does not say the high half of an id, and takes it from a trace with the same low half.
    let same_low = alone.span_context().trace_id().to_u128() as u64 == u64::MAX;
    assert!(onto.span_context() == expected || same_low, "{onto:?} {expected:?}");
}

fn check(context: &Context) {
    let span = context.span_context();
    // X-Ray's `Root` may come alone.
    assert!(span.trace_id().is_valid() || !span.span_id().is_valid(), "no span without a trace");
    assert_eq!(span.is_remote(), span.trace_id().is_valid());
    assert!(!span.is_valid() || context.sampling_decision() != Some(!span.is_sampled()));
    assert!(context.baggage().len() <= 64 && context.baggage().as_str().len() <= 8192);
    assert!(context.trace_state().iter().count() <= 32);
    if let Some(id) = context.correlation_id() {
        assert!(
            (1..=128).contains(&id.as_str().len()) && id.as_str().bytes().all(|byte| byte.is_ascii_graphic())
        );
    }
}
