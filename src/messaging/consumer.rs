//! `Consumer`: the spans of a program that receives messages.

use super::operation::{Operation, Type};
use crate::context::Context;
use crate::layer::{SpanExt, add_baggage, current};
use tracing::Span;

/// Makes the spans of who receives from one destination. See [`consumer`].
#[derive(Clone, Copy, Debug)]
#[must_use = "it makes spans, and is none"]
pub struct Consumer<'a>(Operation<'a>);

/// Who receives from a destination of a messaging system. The names are as in [`producer`](super::producer).
pub fn consumer<'a>(system: &'a str, destination: &'a str) -> Consumer<'a> {
    Consumer(Operation { system, destination, name: None })
}

// === impl Consumer ===

impl<'a> Consumer<'a> {
    /// What the system itself calls the operation, such as `ack` for a [`settle`](Consumer::settle):
    /// `messaging.operation.name`, and the first word of the span's name. Default: `receive`, `process` or `settle`.
    pub fn named(mut self, name: &'a str) -> Self {
        self.0.name = Some(name);
        self
    }

    /// Asking for messages, a child of the current span. What came is told by [`link_batch`](super::link_batch). Kind:
    /// client.
    #[must_use]
    pub fn receive(self) -> Span {
        self.0.here(Type::Receive)
    }

    /// The work on a message, or on several, that carry no context, or whose contexts are told by
    /// [`link_batch`](super::link_batch): a child of the current span. Kind: consumer.
    #[must_use]
    pub fn process(self) -> Span {
        self.0.here(Type::Process)
    }

    /// The work on one message, a child of the current span, linked to the context that the message carries, if that is
    /// valid. Baggage and correlation id are those of the message, where it brings any. Kind: consumer.
    #[must_use]
    pub fn process_linked(self, message: &Context) -> Span {
        let span = self.here_with(message);
        span.add_link(message.clone());
        span
    }

    /// The work on one message, as a part of the trace of who sent it. Kind: consumer.
    ///
    /// It is linked to that context as well, since a reader finds messages by links, and to the current span, if there
    /// is one. If the message names a trace and no span, it is the first span of that; if it names none, it is a child of the
    /// current span.
    #[must_use]
    pub fn process_child_of(self, message: &Context) -> Span {
        if !message.span_context().trace_id().is_valid() {
            return self.here_with(message);
        }
        let around = current();
        let span = self.0.apart(Type::Process);
        // It fails only on a span that is not recorded.
        let _ = span.set_parent(message.clone());
        span.add_link(message.clone());
        if let Some(around) = around {
            span.add_link(around);
        }
        span
    }

    /// A child of the current span, that has the baggage of a message besides.
    fn here_with(self, message: &Context) -> Span {
        let span = self.0.here(Type::Process);
        add_baggage(&span, message.baggage());
        span
    }

    /// Telling the system what became of messages: acknowledged, refused, put aside. A child of the current span. Kind:
    /// client.
    #[must_use]
    pub fn settle(self) -> Span {
        self.0.here(Type::Settle)
    }
}
