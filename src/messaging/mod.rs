//! Spans of programs that send and receive messages, and the trace in the headers of a message.
//!
//! Names, kinds and attributes are those of the OpenTelemetry semantic conventions for messaging, 1.44. What carries the
//! headers is up to the messaging system: anything that is [`Inject`](crate::propagation::Inject) and
//! [`Extract`](crate::propagation::Extract), a `HashMap<String, String>` for instance.
//!
//! ```
//! use std::collections::HashMap;
//! use throughline::{messaging, testing::{assert_tree, capture}};
//!
//! # let trace = capture(|| {
//! // The one who sends.
//! let mut headers = HashMap::new();
//! let span = messaging::producer("redis", "orders").send();
//! messaging::inject(&span, &mut headers);
//! span.in_scope(|| { /* hand message and headers over, which gives an id */ });
//! span.record("messaging.message.id", "1692632086370-0");
//! # drop(span);
//!
//! // The one who receives.
//! let sender = messaging::extract(&headers);
//! let span = messaging::consumer("redis", "orders").process_child_of(&sender);
//! span.in_scope(|| { /* the work */ });
//! # drop(span);
//! # });
//! # assert_eq!(trace.roots().len(), 1);
//! # assert_eq!(trace.span("process orders").parent().map(|span| span.name()), Some("send orders"));
//! ```
//!
//! # Parent or link
//!
//! A span that deals with one message either continues the trace of its sender
//! ([`process_child_of`](Consumer::process_child_of)), or belongs to where it is done and is linked to the sender
//! ([`process_linked`](Consumer::process_linked), which the conventions take as the rule). A span that deals with several
//! is linked to each of them by [`link_batch`]. Who sends a batch gives each of its messages a span of its own, by
//! [`create`](Producer::create), if each is to be continued apart.
//!
//! # What can be recorded besides
//!
//! These fields are declared on every span here, and are set by `span.record(key, value)`: `messaging.message.id`,
//! `messaging.message.conversation_id`, `messaging.message.body.size`, `messaging.consumer.group.name`,
//! `messaging.destination.partition.id`, `messaging.client.id`, `server.address`, `server.port`, and `otel.name`, for a
//! destination whose name is not of low cardinality. Others are set by
//! [`SpanExt::set_attribute`](crate::SpanExt::set_attribute). The spans are of the target `throughline::messaging`, at
//! level INFO: `THROUGHLINE_SPANS=info,throughline::messaging=off` switches them off, and what is injected then is the
//! context around them.

// * `producer`, `consumer`: who makes spans
// * `operation`: the callsite of all of them
// * `message`: what connects a span with messages: headers, links, and how it failed
mod consumer;
mod message;
mod operation;
mod producer;

pub use consumer::{Consumer, consumer};
pub use message::{extract, fail, inject, link_batch};
pub use producer::{Producer, producer};
