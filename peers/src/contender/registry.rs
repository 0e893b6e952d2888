//! The registry under a layer that does nothing, and the least that a layer with something in a span's
//! extensions costs.

use tracing::Subscriber;
use tracing::span::{Attributes, Id};
use tracing_subscriber::layer::{Context, Identity, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::Running;

/// Puts one number into the extensions of a new span and reads it when the span closes.
struct OneExtension;

struct Mark(u64);

// === impl OneExtension ===

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for OneExtension {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Mark(id.into_u64()));
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if let Some(span) = context.span(&id) {
            std::hint::black_box(span.extensions().get::<Mark>().map(|mark| mark.0));
        }
    }
}

pub(super) fn start_alone() -> Running {
    // A registry with no layer at all never frees a span: closing is the business of `Layered`.
    Running::subscriber(Registry::default().with(Identity::new()))
}

pub(super) fn start_with_extension() -> Running {
    Running::subscriber(Registry::default().with(OneExtension))
}
