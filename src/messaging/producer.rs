//! `Producer`: the spans of a program that sends messages.

use super::operation::{Operation, Type};
use tracing::Span;

/// Makes the spans of who sends to one destination. See [`producer`].
#[derive(Clone, Copy, Debug)]
#[must_use = "it makes spans, and is none"]
pub struct Producer<'a>(Operation<'a>);

/// Who sends to a destination of a messaging system.
///
/// `system` is `messaging.system`, such as `kafka`, `rabbitmq`, `redis`. `destination` is the name of the topic, queue or
/// stream; leave it empty if it has none or was made up for the occasion: names of spans should be few.
///
/// ```
/// # use throughline::{messaging, testing::capture};
/// # let trace = capture(|| {
/// let span = messaging::producer("kafka", "orders").named("publish").send();
/// # });
/// # let span = trace.span("publish orders");
/// # assert_eq!(span.attr("messaging.operation.name"), "publish");
/// # assert_eq!(span.attr("messaging.operation.type"), "send");
/// ```
pub fn producer<'a>(system: &'a str, destination: &'a str) -> Producer<'a> {
    Producer(Operation { system, destination, name: None })
}

// === impl Producer ===

impl<'a> Producer<'a> {
    /// What the system itself calls the operation, such as `publish`: `messaging.operation.name`, and the first word of
    /// the span's name. Default: `send` or `create`.
    pub fn named(mut self, name: &'a str) -> Self {
        self.0.name = Some(name);
        self
    }

    /// The sending of one message, a child of the current span. Its context belongs into the message:
    /// [`inject`](super::inject). Kind: producer.
    #[must_use]
    pub fn send(self) -> Span {
        self.0.here(Type::Send)
    }

    /// The making of one message of a batch, a child of the current span. Its context belongs into the message. Kind:
    /// producer.
    #[must_use]
    pub fn create(self) -> Span {
        self.0.here(Type::Create)
    }

    /// The sending of messages that carry contexts of their own, a child of the current span. Which they are is told by
    /// [`link_batch`](super::link_batch). Kind: client.
    #[must_use]
    pub fn send_batch(self) -> Span {
        self.0.here(Type::SendBatch)
    }
}
