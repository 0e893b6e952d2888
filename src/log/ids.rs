//! Which span a log line belongs to.

use super::identity::Identity;
use crate::context::correlation_id::KEY;
use crate::context::{Context, SpanId};
use crate::record::Recorder;
use crate::record::local::{self, Local};
use crate::record::registered;
use std::borrow::Cow;
use std::sync::Arc;
use tracing_core::{Event, Subscriber};
use tracing_subscriber::fmt::{FmtContext, FormatFields};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// The ids of a recorded span.
pub(super) struct Ids {
    recorder: Arc<Recorder>,
    pub(super) context: Context,
    /// The span of this process that the span's trace begins with here.
    pub(super) local_root: SpanId,
}

// === impl Ids ===

impl Ids {
    /// They are given out with that.
    fn of(recorder: Arc<Recorder>, id: u64, slot: u32) -> Option<Ids> {
        let (context, local_root) =
            recorder.with_decided(id, slot, |span| (span.hand_out(), span.local_root()))?;
        let ids = Ids { recorder, context, local_root };
        (ids.context.is_valid() || ids.context.correlation_id().is_some() || ids.baggage().next().is_some())
            .then_some(ids)
    }

    /// The members of baggage that were asked for, with their names.
    pub(super) fn baggage(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let names = self.recorder.config.baggage_attributes.iter().filter(|name| *name != KEY);
        names.filter_map(|name| Some((name.as_str(), self.context.baggage().get(name)?)))
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.recorder.config.identity
    }
}

/// The ids of the recorded span that an event happened in.
///
/// A formatter is not told which subscriber it works for. So, in this order: what our own layer saw of this very
/// event; the spans that the formatter may see, matched by id and callsite with those that this thread is in; the
/// layer of the thread's default subscriber, which cannot be asked for while a scoped default dispatches.
pub(super) fn ids_of<S, N>(ctx: &FmtContext<'_, S, N>, event: &Event<'_>) -> Option<Ids>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    local::with(|local| {
        if let Some(instance) = local.take_recorder_of(event) {
            return by_instance(local, instance, event);
        }
        let visible = ctx.parent_span().and_then(|span| by_span(local, span));
        visible.or_else(|| match event.parent() {
            Some(_) => registered::of_default().and_then(|it| by_instance(local, it.instance, event)),
            None => registered::current(local).and_then(|(it, _)| by_instance(local, it.instance, event)),
        })
    })
    .flatten()
}

fn by_instance(local: &Local, instance: u32, event: &Event<'_>) -> Option<Ids> {
    let recorder = registered::find(|recorder| recorder.instance == instance)?;
    let entered = match event.parent() {
        Some(id) => recorder.nearest(local, id),
        None if event.is_root() => None,
        None => recorder.current(local),
    }?;
    Ids::of(recorder, entered.id, entered.cell.slot())
}

/// The nearest of a span and its ancestors that some recorder knows by the same id and callsite.
fn by_span<'a, R: LookupSpan<'a>>(local: &Local, span: SpanRef<'a, R>) -> Option<Ids> {
    span.scope().find_map(|span| {
        let (id, metadata) = (span.id().into_u64(), span.metadata());
        let same = |plan: &crate::record::Plan| std::ptr::eq(plan.metadata, metadata);
        let on_stack = local.find_current(|entered| entered.id == id && same(entered.plan));
        let recorder = match on_stack {
            Some(entered) => registered::find(|recorder| recorder.instance == entered.instance),
            None => registered::find(|recorder| recorder.look_up(id).is_some_and(|found| same(found.plan))),
        }?;
        let entered = recorder.look_up(id)?;
        Ids::of(recorder, id, entered.cell.slot())
    })
}
