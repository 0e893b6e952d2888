//! `SpanExt`: what a program does with a span by hand.

use crate::context::{Baggage, BaggageError, Context, CorrelationId, SpanContext};
use crate::error::Error;
use crate::record::local::{self, Local};
use crate::record::{Recorder, registered};
use crate::wire::{KeyValue, StatusCode, Value};
use std::sync::Arc;
use tracing::Span;

/// The distributed side of a [`tracing::Span`].
///
/// On a span that is not recorded (disabled, filtered out, of a subscriber without a throughline layer) nothing
/// happens, but for [`set_parent`](SpanExt::set_parent), which says so.
pub trait SpanExt {
    /// The context of the span, to be carried to wherever it continues; invalid if the span is not recorded.
    ///
    /// The context is handed out with that: the parent can change no more, and the sampling decision is taken.
    fn context(&self) -> Context;

    /// Continues the trace of `parent`, which usually comes from [`extract`](crate::propagation::extract). Where that names
    /// a trace but no span of it, this one is its first; where it names none, a trace begins with this one, whatever span it
    /// was made in.
    ///
    /// A child of a span that is not sampled was made without its fields being looked at, and its recording begins with
    /// this call: set the parent before recording, or make the span with `parent: None`. What its callsite declared is in
    /// the count of dropped attributes.
    ///
    /// # Errors
    ///
    /// [too late](Error::is_too_late) once a child was started or the context was handed out;
    /// [not recorded](Error::is_not_recorded) if there is no such span here.
    fn set_parent(&self, parent: impl Into<Context>) -> Result<(), Error>;

    /// Links the span to another one, of this or any other trace. At most [`Limits::links`](crate::Limits::links)
    /// are kept.
    fn add_link(&self, to: impl Into<Context>);

    /// As [`add_link`](SpanExt::add_link), with attributes of the link itself.
    fn add_link_with_attributes(&self, to: impl Into<Context>, attributes: Vec<KeyValue>);

    /// Adds an event at the current time, with attributes of its own. At most
    /// [`Limits::events`](crate::Limits::events) are kept, and it never becomes a log record.
    fn add_event(&self, name: &str, attributes: Vec<KeyValue>);

    /// Sets an attribute, declared or not. The last value set or recorded for a key is the one that is exported.
    fn set_attribute(&self, key: &str, value: impl Into<Value>);

    /// Sets the status. `Ok` is final; the last `Error` wins.
    fn set_status(&self, code: StatusCode, description: &str);

    /// The span's baggage; see [`baggage`](crate::baggage).
    fn baggage(&self) -> Baggage;

    /// Sets a value of the span's baggage, which children and requests that begin from now on have too.
    ///
    /// # Errors
    ///
    /// As [`baggage::set`](crate::baggage::set).
    fn set_baggage(&self, name: &str, value: &str) -> Result<(), BaggageError>;

    /// Removes a value of the span's baggage; whether there was one.
    fn remove_baggage(&self, name: &str) -> bool;
}

/// The context of the span that the calling thread is in; invalid outside of a recorded span.
///
/// As with [`SpanExt::context`], the context is handed out with that.
#[must_use]
pub fn current_context() -> SpanContext {
    current().map_or(SpanContext::INVALID, |context| context.span_context())
}

/// The id that follows the request that the calling thread is in: the one that came with it (see
/// [`CorrelationId`]), else one that is made now, for the current span and those around it. `None` outside of a recorded
/// span.
///
/// It is on every span of the trace that begins from now on, here or in other services, and on every line. Spans
/// that were made before and are not around the current one do not have it: where no request brings one, ask early, in the
/// trace's first span. As with [`SpanExt::context`], the context is handed out with that.
#[must_use]
pub fn correlation_id() -> Option<CorrelationId> {
    local::with(|local| {
        if local.depth() == 0 {
            return None;
        }
        let (recorder, entered) = registered::current(local)?;
        recorder.correlation_id(local, entered)
    })
    .flatten()
}

/// The current span's context with what it carries.
pub(crate) fn current() -> Option<Context> {
    local::with(|local| {
        if local.depth() == 0 {
            return None;
        }
        let (recorder, entered) = registered::current(local)?;
        recorder.context_of(entered.id, entered.cell.slot())
    })
    .flatten()
}

/// Runs `f` with the recorder of a span's subscriber and the span's id in it.
pub(crate) fn with_recorder<R>(span: &Span, f: impl FnOnce(&Arc<Recorder>, &Local, u64) -> R) -> Option<R> {
    span.with_subscriber(|(id, dispatch)| {
        let recorder = registered::of_span(dispatch, id)?;
        local::with(|local| f(&recorder, local, id.into_u64()))
    })
    .flatten()
}

// === impl Span ===

impl SpanExt for Span {
    fn context(&self) -> Context {
        let context = with_recorder(self, |recorder, local, id| {
            let entered = recorder.locate(local, id)?;
            recorder.context_of(id, entered.cell.slot())
        });
        context.flatten().unwrap_or_default()
    }

    fn set_parent(&self, parent: impl Into<Context>) -> Result<(), Error> {
        let parent = parent.into();
        with_recorder(self, |recorder, local, id| recorder.set_parent(local, id, &parent))
            .unwrap_or_else(|| Err(Error::not_recorded()))
    }

    fn add_link(&self, to: impl Into<Context>) {
        self.add_link_with_attributes(to, Vec::new());
    }

    fn add_link_with_attributes(&self, to: impl Into<Context>, attributes: Vec<KeyValue>) {
        let to = to.into();
        if to.is_valid() {
            with_recorder(self, |recorder, local, id| recorder.add_link(local, id, &to, &attributes));
        }
    }

    fn add_event(&self, name: &str, attributes: Vec<KeyValue>) {
        with_recorder(self, |recorder, local, id| recorder.add_event(local, id, name, &attributes));
    }

    fn set_attribute(&self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        with_recorder(self, |recorder, local, id| recorder.set_attribute(local, id, key, value));
    }

    fn set_status(&self, code: StatusCode, description: &str) {
        with_recorder(self, |recorder, local, id| recorder.set_status(local, id, code, description));
    }
    fn baggage(&self) -> Baggage {
        located(self, |recorder, id, slot| recorder.baggage(id, slot)).flatten().unwrap_or_default()
    }

    fn set_baggage(&self, name: &str, value: &str) -> Result<(), BaggageError> {
        located(self, |recorder, id, slot| recorder.set_baggage(id, slot, (name, value, "")))
            .map_or(Err(BaggageError::no_span()), |outcome| outcome.map(|_| ()))
    }

    fn remove_baggage(&self, name: &str) -> bool {
        located(self, |recorder, id, slot| recorder.remove_baggage(id, slot, name)).unwrap_or_default()
    }
}

/// Adds baggage that has come without a trace to a span's own.
pub(crate) fn add_baggage(span: &Span, baggage: &Baggage) {
    if !baggage.is_empty() {
        with_recorder(span, |recorder, local, id| recorder.add_baggage(local, id, baggage));
    }
}

/// Runs `f` with the recorder of a span's subscriber, and the span's id and place in it.
fn located<R>(span: &Span, f: impl FnOnce(&Arc<Recorder>, u64, u32) -> R) -> Option<R> {
    with_recorder(span, |recorder, local, id| {
        let entered = recorder.locate(local, id)?;
        Some(f(recorder, id, entered.cell.slot()))
    })
    .flatten()
}
