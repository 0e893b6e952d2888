//! A program under throughline, recording all levels as tracing-opentelemetry does.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use throughline::wire::{EventData, KeyValue, LinkData, StatusCode, Value};
use throughline::{
    Batch, BoxFuture, Context, Exporter, Outcome, SpanContext, SpanData, SpanExt, SpanId, TraceFlags, TraceId,
};
use tracing::{Span, dispatcher};

use crate::hand::{Code, Hand, Remote, Set, Sets, describe};
use crate::normal::{self, Attributes, Event, Link, Run};
use crate::program::{Program, Setup};
use crate::value;

const DEADLINE: Duration = Duration::from_secs(10);

/// Keeps every span that is exported.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

#[derive(Default)]
struct Ours {
    notes: RefCell<Vec<(&'static str, String)>>,
}

pub(crate) fn run(program: &Program) -> Run {
    let kept = Kept::default();
    let builder = throughline::builder().exporter(kept.clone());
    let builder = if matches!(program.setup, Setup::Defaults) { builder } else { builder.spans("trace") };
    let (layer, guard) = builder.build().expect("good settings");
    let hand = Ours::default();
    dispatcher::with_default(&program.setup.dispatch(layer), || program.run(&hand));
    guard.shutdown(DEADLINE).expect("an exporter that takes everything");
    let spans = kept.0.lock().unwrap_or_else(PoisonError::into_inner).iter().map(span).collect();
    Run { spans, notes: hand.notes.into_inner() }
}

// === impl Kept ===

impl Exporter for Kept {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        let spans = batch.spans().map(|span| span.to_data().expect("our own frames decode"));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(spans);
        Box::pin(async { Outcome::Accepted })
    }
}

// === impl Ours ===

impl Hand for Ours {
    fn set_parent(&self, span: &Span, parent: Remote) -> bool {
        SpanExt::set_parent(span, context_of(parent)).is_ok()
    }

    fn set_parent_to(&self, span: &Span, parent: &Span) -> bool {
        SpanExt::set_parent(span, SpanExt::context(parent)).is_ok()
    }

    fn add_link(&self, span: &Span, to: Remote, attributes: Sets<'_>) {
        SpanExt::add_link_with_attributes(span, context_of(to), key_values(attributes));
    }

    fn add_link_to(&self, span: &Span, to: &Span) {
        SpanExt::add_link(span, SpanExt::context(to));
    }

    fn set_attribute(&self, span: &Span, key: &'static str, value: Set) {
        SpanExt::set_attribute(span, key, value_of(value));
    }

    fn set_status(&self, span: &Span, code: Code, description: &'static str) {
        let code = match code {
            Code::Unset => StatusCode::Unset,
            Code::Ok => StatusCode::Ok,
            Code::Error => StatusCode::Error,
        };
        SpanExt::set_status(span, code, description);
    }

    fn add_event(&self, span: &Span, name: &'static str, attributes: Sets<'_>) {
        SpanExt::add_event(span, name, key_values(attributes));
    }

    fn context(&self, span: &Span) -> String {
        let carrying = SpanExt::context(span);
        let (context, state) = (carrying.span_context(), carrying.trace_state().to_header());
        describe(context.is_valid(), context.is_remote(), context.is_sampled(), &state)
    }

    fn note(&self, label: &'static str, value: &dyn std::fmt::Debug) {
        self.notes.borrow_mut().push((label, format!("{value:?}")));
    }
}

fn context_of(remote: Remote) -> Context {
    let (trace, span) = (TraceId::from_u128(remote.trace), SpanId::from_u64(remote.span));
    let context = SpanContext::new(trace, span, TraceFlags::from_u8(remote.flags), true);
    Context::new(context).with_trace_state(remote.state.parse().expect("the corpus has good trace states"))
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
        Set::Texts(texts) => texts.to_vec().into(),
    }
}

fn span(data: &SpanData) -> normal::Span {
    normal::Span {
        trace: u128::from_be_bytes(data.trace_id.to_bytes()),
        id: u64::from_be_bytes(data.span_id.to_bytes()),
        parent: u64::from_be_bytes(data.parent_span_id.to_bytes()),
        parent_is_remote: data.flags & 0x200 != 0,
        flags: (data.flags & 0xff) as u8,
        trace_state: data.trace_state.clone(),
        name: data.name.clone(),
        kind: format!("{:?}", data.kind),
        status: format!("{:?}", data.status.code),
        description: data.status.description.clone(),
        start: data.start_unix_nanos,
        end: data.end_unix_nanos,
        attributes: attributes(&data.attributes),
        dropped_attributes: data.dropped_attributes_count,
        events: data.events.iter().map(event).collect(),
        dropped_events: data.dropped_events_count,
        links: data.links.iter().map(link).collect(),
        dropped_links: data.dropped_links_count,
    }
}

fn event(event: &EventData) -> Event {
    Event {
        time: event.time_unix_nanos,
        name: event.name.clone(),
        attributes: attributes(&event.attributes),
        dropped_attributes: event.dropped_attributes_count,
    }
}

fn link(link: &LinkData) -> Link {
    Link {
        trace: u128::from_be_bytes(link.trace_id.to_bytes()),
        span: u64::from_be_bytes(link.span_id.to_bytes()),
        flags: (link.flags & 0xff) as u8,
        trace_state: link.trace_state.clone(),
        attributes: attributes(&link.attributes),
        dropped_attributes: link.dropped_attributes_count,
    }
}

fn attributes(all: &[KeyValue]) -> Attributes {
    all.iter().map(|pair| (pair.key.clone(), value::of_ours(&pair.value))).collect()
}
