//! A program under tracing-opentelemetry with its default settings.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider,
};
use opentelemetry::{Array, Context, KeyValue, Value};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tracing::{Span, dispatcher};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::hand::{Code, Hand, Remote, Set, Sets, describe};
use crate::normal::{self, Attributes, Event, Link, Run};
use crate::program::Program;
use crate::value;

/// Keeps every span that ends.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

#[derive(Default)]
struct Rival {
    notes: RefCell<Vec<(&'static str, String)>>,
}

pub(crate) fn run(program: &Program) -> Run {
    let kept = Kept::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(kept.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("corpus"));
    let hand = Rival::default();
    dispatcher::with_default(&program.setup.dispatch(layer), || program.run(&hand));
    provider.shutdown().expect("an exporter that takes everything");
    let spans = kept.0.lock().unwrap_or_else(PoisonError::into_inner).iter().map(span).collect();
    Run { spans, notes: hand.notes.into_inner() }
}

// === impl Kept ===

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(batch);
        Ok(())
    }
}

// === impl Rival ===

impl Hand for Rival {
    fn set_parent(&self, span: &Span, parent: Remote) -> bool {
        OpenTelemetrySpanExt::set_parent(span, Context::new().with_remote_span_context(context_of(parent)))
            .is_ok()
    }

    fn set_parent_to(&self, span: &Span, parent: &Span) -> bool {
        OpenTelemetrySpanExt::set_parent(span, OpenTelemetrySpanExt::context(parent)).is_ok()
    }

    fn add_link(&self, span: &Span, to: Remote, attributes: Sets<'_>) {
        span.add_link_with_attributes(context_of(to), key_values(attributes));
    }

    fn add_link_to(&self, span: &Span, to: &Span) {
        let context = OpenTelemetrySpanExt::context(to).span().span_context().clone();
        OpenTelemetrySpanExt::add_link(span, context);
    }

    fn set_attribute(&self, span: &Span, key: &'static str, value: Set) {
        OpenTelemetrySpanExt::set_attribute(span, key, value_of(value));
    }

    fn set_status(&self, span: &Span, code: Code, description: &'static str) {
        let status = match code {
            Code::Unset => Status::Unset,
            Code::Ok => Status::Ok,
            Code::Error => Status::error(description),
        };
        OpenTelemetrySpanExt::set_status(span, status);
    }

    fn add_event(&self, span: &Span, name: &'static str, attributes: Sets<'_>) {
        OpenTelemetrySpanExt::add_event(span, name, key_values(attributes));
    }

    fn context(&self, span: &Span) -> String {
        let context = OpenTelemetrySpanExt::context(span).span().span_context().clone();
        let state = context.trace_state().header();
        describe(context.is_valid(), context.is_remote(), context.is_sampled(), &state)
    }

    fn note(&self, label: &'static str, value: &dyn std::fmt::Debug) {
        self.notes.borrow_mut().push((label, format!("{value:?}")));
    }
}

fn context_of(remote: Remote) -> SpanContext {
    let state = remote.state.parse::<TraceState>().expect("the corpus has good trace states");
    let (trace, span) = (TraceId::from(remote.trace), SpanId::from(remote.span));
    SpanContext::new(trace, span, TraceFlags::new(remote.flags), true, state)
}

fn key_values(sets: Sets<'_>) -> Vec<KeyValue> {
    sets.iter().map(|(key, set)| KeyValue::new(*key, value_of(*set))).collect()
}

fn value_of(set: Set) -> Value {
    match set {
        Set::Text(text) => text.into(),
        Set::Int(number) => number.into(),
        Set::Float(number) => number.into(),
        Set::Bool(truth) => truth.into(),
        Set::Texts(texts) => Value::Array(Array::String(texts.iter().map(|text| (*text).into()).collect())),
    }
}

fn span(data: &SpanData) -> normal::Span {
    let (status, description) = match &data.status {
        Status::Unset => ("Unset", ""),
        Status::Ok => ("Ok", ""),
        Status::Error { description } => ("Error", description.as_ref()),
    };
    let kind = match data.span_kind {
        SpanKind::Client => "Client",
        SpanKind::Server => "Server",
        SpanKind::Producer => "Producer",
        SpanKind::Consumer => "Consumer",
        SpanKind::Internal => "Internal",
    };
    normal::Span {
        trace: u128::from_be_bytes(data.span_context.trace_id().to_bytes()),
        id: u64::from_be_bytes(data.span_context.span_id().to_bytes()),
        parent: u64::from_be_bytes(data.parent_span_id.to_bytes()),
        parent_is_remote: data.parent_span_is_remote,
        flags: data.span_context.trace_flags().to_u8(),
        trace_state: data.span_context.trace_state().header(),
        name: data.name.to_string(),
        kind: kind.to_owned(),
        status: status.to_owned(),
        description: description.to_owned(),
        start: nanos(data.start_time),
        end: nanos(data.end_time),
        attributes: attributes(&data.attributes),
        dropped_attributes: data.dropped_attributes_count,
        events: data.events.iter().map(event).collect(),
        dropped_events: data.events.dropped_count,
        links: data.links.iter().map(link).collect(),
        dropped_links: data.links.dropped_count,
    }
}

fn event(event: &opentelemetry::trace::Event) -> Event {
    Event {
        time: nanos(event.timestamp),
        name: event.name.to_string(),
        attributes: attributes(&event.attributes),
        dropped_attributes: event.dropped_attributes_count,
    }
}

fn link(link: &opentelemetry::trace::Link) -> Link {
    Link {
        trace: u128::from_be_bytes(link.span_context.trace_id().to_bytes()),
        span: u64::from_be_bytes(link.span_context.span_id().to_bytes()),
        flags: link.span_context.trace_flags().to_u8(),
        trace_state: link.span_context.trace_state().header(),
        attributes: attributes(&link.attributes),
        dropped_attributes: link.dropped_attributes_count,
    }
}

fn attributes(all: &[KeyValue]) -> Attributes {
    all.iter().map(|pair| (pair.key.to_string(), value::of_rival(&pair.value))).collect()
}

fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).expect("a clock after 1970");
    u64::try_from(since.as_nanos()).expect("a clock before 2554")
}
