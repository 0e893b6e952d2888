//! What travels with an open span: its baggage and its correlation id.

use super::local::{Entered, Local};
use super::open_span::OpenSpan;
use super::recorder::Recorder;
use crate::context::correlation_id::KEY;
use crate::context::{Baggage, BaggageError, Carried, CorrelationId};
use crate::propagation::dropped_baggage;
use std::sync::Arc;

/// A member of baggage as it was: value and properties.
pub(crate) type Before = Option<(String, String)>;

// === impl Recorder ===

impl Recorder {
    /// The baggage of an open span.
    pub(crate) fn baggage(&self, id: u64, hint: u32) -> Option<Baggage> {
        let of = |span: &mut OpenSpan| span.carried.as_ref().map(|carried| carried.baggage().clone());
        self.with_span(id, hint, of).map(Option::unwrap_or_default)
    }

    /// Sets a member of an open span's baggage; returns what it was before.
    pub(crate) fn set_baggage(
        &self,
        id: u64,
        hint: u32,
        (name, value, properties): (&str, &str, &str),
    ) -> Result<Before, BaggageError> {
        if name == KEY && value.parse::<CorrelationId>().is_err() {
            return Err(BaggageError::correlation_id());
        }
        let outcome = self.with_span(id, hint, |span| {
            let mut baggage =
                span.carried.as_ref().map_or(Baggage::EMPTY, |carried| carried.baggage().clone());
            let properties_before = baggage.properties(name).unwrap_or_default().to_owned();
            let before = baggage.get(name).map(|value| (value.into_owned(), properties_before));
            baggage.insert_with_properties(name, value, properties)?;
            span.change_carried(|carried| {
                carried.set_baggage(baggage);
            });
            Ok(before)
        });
        outcome.unwrap_or_else(|| Err(BaggageError::no_span()))
    }

    /// Adds the baggage that a request or a message has brought to an open span's own.
    pub(crate) fn add_baggage(&self, local: &Local, id: u64, more: &Baggage) {
        let Some(entered) = self.locate(local, id) else { return };
        let dropped = self.with_span(id, entered.cell.slot(), |span| {
            let own = span.carried.as_ref().map(|carried| carried.baggage().clone());
            let mut all = own.unwrap_or_default();
            let dropped = all.extend(more);
            span.change_carried(|carried| {
                carried.set_baggage(all);
            });
            dropped
        });
        if let Some(dropped @ 1..) = dropped {
            dropped_baggage(dropped);
        }
    }

    /// Removes a member of an open span's baggage; whether there was one.
    pub(crate) fn remove_baggage(&self, id: u64, hint: u32, name: &str) -> bool {
        let removed = self.with_span(id, hint, |span| {
            let Some(mut baggage) = span.carried.as_ref().map(|carried| carried.baggage().clone()) else {
                return false;
            };
            let removed = baggage.remove(name);
            if removed {
                span.change_carried(|carried| {
                    carried.set_baggage(baggage);
                });
            }
            removed
        });
        removed.unwrap_or_default()
    }

    /// Gives an open span a correlation id of its own.
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    pub(crate) fn set_correlation_id(&self, local: &Local, id: u64, correlation_id: &CorrelationId) {
        if let Some(entered) = self.locate(local, id) {
            let set = |carried: &mut Carried| {
                carried.set_correlation_id(correlation_id.clone());
            };
            self.with_span(id, entered.cell.slot(), |span| span.change_carried(set));
        }
    }

    /// The correlation id of the trace that the thread is in, which is given out with that. Where there is none, one is
    /// made for the span and those around it.
    pub(crate) fn correlation_id(&self, local: &Local, entered: Entered) -> Option<CorrelationId> {
        let slot = entered.cell.slot();
        let context = self.context_of(entered.id, slot)?;
        if let Some(id) = context.correlation_id() {
            return Some(id.clone());
        }
        let (trace_id, made) = (context.span_context().trace_id(), CorrelationId::new());
        let around = (0..local.depth()).filter_map(|index| local.entered_at(index)).map(|(it, _)| it);
        let ours: Vec<_> = around.filter(|it| it.instance == self.instance && it.id != entered.id).collect();
        let id = self.with_span(entered.id, slot, |span| span.correlate(&made))?;
        for other in ours {
            self.with_span(other.id, other.cell.slot(), |span| {
                if span.trace_id == trace_id {
                    span.correlate(&id);
                }
            });
        }
        Some(id)
    }
}

// === impl OpenSpan ===

impl OpenSpan {
    /// Changes what travels with the span: a copy, unless nobody shares it.
    fn change_carried(&mut self, change: impl FnOnce(&mut Carried)) {
        let carried = Arc::make_mut(self.carried.get_or_insert_default());
        change(carried);
        if carried.is_empty() {
            self.carried = None;
        }
    }

    /// The span's correlation id; this one, if it had none.
    fn correlate(&mut self, id: &CorrelationId) -> CorrelationId {
        let known = self.carried.as_ref().and_then(|carried| carried.correlation_id().cloned());
        known.unwrap_or_else(|| {
            self.change_carried(|carried| {
                carried.set_correlation_id(id.clone());
            });
            id.clone()
        })
    }
}
