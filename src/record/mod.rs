//! Spans while they are open. The layer's callbacks come in here, frames go out into the shard's segment.
//!
//! * `recorder`: one layer's state; `start`, `amend`, `event`, `finish` are what it does; `head`: how it decides
//! * `shard`: the open spans of a thread with their segment and counts, behind one lock; `id_map`, `counts`
//! * `open_span`, `body`, `cell`: a slot; its bytes; the part of it that is touched without the lock
//! * `local`: what a thread keeps for itself: the stack of entered spans, caches, drafts; `stand_in`: what is on that
//!   stack for a hidden span
//! * `plan`, `log_plan`, `plans`, `automatic`, `redaction`: what is worked out once for each callsite
//! * `events`: what events become; `event`, `log_record`, `rate`, `origin`: how
//! * `draft`, `special`, `derived`, `visitor`, `text`, `exception`: values on their way into bytes, before any lock is taken
//! * `expected`, `bulk`: how our own instrumentation makes a span, and sets many attributes at once
//! * `unsampled`: a span that is there for its ids only
//! * `busy`: the time inside a span; `usage`: spans that are not left as they were entered
//! * `travel`: baggage and correlation id of an open span; `carrying`: as attributes
//! * `panic`: what a panic says to the spans that its thread is in; `caught`: panics that never get that far
//! * `registered`: which recorder belongs to which subscriber
//! * `era`: the part of a recorder that a forked child does not share; `fork`: the hook that gives it one of its own

mod amend;
pub(crate) mod automatic;
mod body;
#[cfg(feature = "tower")]
mod bulk;
mod busy;
mod carrying;
mod caught;
mod cell;
mod counts;
mod derived;
mod draft;
mod era;
mod event;
mod events;
mod exception;
#[cfg_attr(not(feature = "tower"), allow(dead_code))]
pub(crate) mod expected;
mod finish;
pub(crate) mod fork;
mod head;
mod id_map;
mod limits;
pub(crate) mod local;
mod log_plan;
mod log_record;
mod open_span;
mod origin;
pub(crate) mod panic;
mod plan;
mod plans;
mod rate;
mod recorder;
mod redaction;
pub(crate) mod registered;
mod shard;
mod special;
mod stand_in;
mod start;
mod text;
mod travel;
mod unsampled;
mod usage;
mod visitor;

pub(crate) use body::find_attribute;
#[cfg(feature = "tower")]
pub(crate) use bulk::Bulk;
pub(crate) use caught::caught;
pub(crate) use counts::{Counts, LogCounts};
pub use events::Events;
pub use limits::Limits;
pub(crate) use origin::is_origin_field;
pub(crate) use plan::Plan;
pub(crate) use plans::Settings;
pub(crate) use recorder::{Config, Recorder};
pub use redaction::Redaction;
pub(crate) use redaction::Redactor;
pub(crate) use travel::Before;
