//! `Operation`: what a program does with messages, as a span. Producer and consumer make it.

use tracing::Span;
use tracing::field::Empty;

/// An operation on a destination.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation<'a> {
    pub(super) system: &'a str,
    /// Empty if the destination has no name.
    pub(super) destination: &'a str,
    /// What the messaging system calls it, if that is not its type.
    pub(super) name: Option<&'a str>,
}

/// `messaging.operation.type`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Type {
    Create,
    Send,
    /// Of messages whose contexts are those of their `create` spans.
    SendBatch,
    Receive,
    Process,
    Settle,
}

/// The one place that declares the fields; where the span hangs is the caller's.
macro_rules! span {
    ($operation:expr, $type:expr, $(parent: $parent:expr)?) => {{
        let Operation { system, destination, name } = *$operation;
        let name = name.unwrap_or($type.as_str());
        let blank = if destination.is_empty() { "" } else { " " };
        tracing::info_span!(
            target: "throughline::messaging",
            $(parent: $parent,)?
            "message",
            otel.name = format_args!("{name}{blank}{destination}"),
            otel.kind = $type.kind(),
            messaging.system = system,
            messaging.operation.name = name,
            "messaging.operation.type" = $type.as_str(),
            messaging.destination.name = (!destination.is_empty()).then_some(destination),
            messaging.destination.partition.id = Empty,
            messaging.consumer.group.name = Empty,
            messaging.client.id = Empty,
            messaging.batch.message_count = Empty,
            messaging.message.id = Empty,
            messaging.message.conversation_id = Empty,
            messaging.message.body.size = Empty,
            server.address = Empty,
            server.port = Empty,
            "error.type" = Empty,
        )
    }};
}

// === impl Operation ===

impl Operation<'_> {
    /// A child of the current span.
    pub(super) fn here(&self, of: Type) -> Span {
        span!(self, of,)
    }

    /// A root, to be hung under another context.
    pub(super) fn apart(&self, of: Type) -> Span {
        span!(self, of, parent: None)
    }
}

// === impl Type ===

impl Type {
    fn as_str(self) -> &'static str {
        match self {
            Type::Create => "create",
            Type::Send | Type::SendBatch => "send",
            Type::Receive => "receive",
            Type::Process => "process",
            Type::Settle => "settle",
        }
    }

    /// Producer is who made the context that a message carries, consumer who works on the message.
    fn kind(self) -> &'static str {
        match self {
            Type::Create | Type::Send => "producer",
            Type::Process => "consumer",
            Type::SendBatch | Type::Receive | Type::Settle => "client",
        }
    }
}
