//! Baggage of the current span: names and values that go with the request, to every service that it comes to.
//!
//! Baggage belongs to a span. A child begins with what its parent has at that moment; what is set later, on either,
//! the other does not see. So it needs no scope of its own in asynchronous code: the span is the scope, wherever its
//! future is polled. [`with`] sets a member for the time of a closure only.
//!
//! ```
//! use throughline::baggage;
//!
//! # fn handle() -> Result<(), throughline::BaggageError> {
//! baggage::set("tenant", "acme")?;
//! assert_eq!(baggage::get("tenant").as_deref(), Some("acme"));
//! # Ok(())
//! # }
//! # assert!(handle().is_err_and(|error| error.is_no_span()));
//! ```
//!
//! [`SpanExt`](crate::SpanExt) has the same for a span that is not the current one. `set_parent` replaces a span's
//! baggage by the parent's: set the parent first.

use crate::context::{Baggage, BaggageError};
use crate::record::{Before, Recorder, local, registered};
use std::sync::Arc;

/// All of the current span's baggage; empty outside of a recorded span.
#[must_use]
pub fn current() -> Baggage {
    here().and_then(|here| here.recorder.baggage(here.id, here.slot)).unwrap_or_default()
}

/// A value of the current span's baggage.
#[must_use]
pub fn get(name: &str) -> Option<String> {
    current().get(name).map(String::from)
}

/// Sets a value of the current span's baggage, which its children and the requests it sends from now on have too.
///
/// # Errors
/// As [`Baggage::insert`]; if the name is `correlation.id` and the value is no
/// [`CorrelationId`](crate::CorrelationId); and [no span](BaggageError::is_no_span) outside of a recorded span.
/// Nothing changes then.
pub fn set(name: &str, value: &str) -> Result<(), BaggageError> {
    let here = here().ok_or(BaggageError::no_span())?;
    here.recorder.set_baggage(here.id, here.slot, (name, value, "")).map(|_| ())
}

/// Removes a value of the current span's baggage; whether there was one.
pub fn remove(name: &str) -> bool {
    here().is_some_and(|here| here.recorder.remove_baggage(here.id, here.slot, name))
}

/// Runs `f` with a value in the current span's baggage; after it, the member is what it was before. Where it cannot be
/// set (see [`set`]), `f` runs all the same.
///
/// For spans made and requests sent in `f` itself: a future that it returns is polled when it is over.
pub fn with<R>(name: &str, value: &str, f: impl FnOnce() -> R) -> R {
    let _scope = here().and_then(|here| {
        let before = here.recorder.set_baggage(here.id, here.slot, (name, value, "")).ok()?;
        Some(Scope { here, name: name.to_owned(), before })
    });
    f()
}

/// The span that the thread is in.
struct Here {
    recorder: Arc<Recorder>,
    id: u64,
    slot: u32,
}

/// Puts a member back to what it was, also when the closure panics.
struct Scope {
    here: Here,
    name: String,
    before: Before,
}

fn here() -> Option<Here> {
    local::with(|local| {
        let (recorder, entered) = registered::current(local)?;
        Some(Here { recorder, id: entered.id, slot: entered.cell.slot() })
    })
    .flatten()
}

// === impl Scope ===

impl Drop for Scope {
    fn drop(&mut self) {
        let Scope { here, name, before } = self;
        match before {
            Some((value, properties)) => {
                // There was room for it before; if others have taken that meanwhile, the newer value goes at least.
                let restored = here.recorder.set_baggage(here.id, here.slot, (name, value, properties));
                if restored.is_err() {
                    here.recorder.remove_baggage(here.id, here.slot, name);
                }
            }
            None => {
                here.recorder.remove_baggage(here.id, here.slot, name);
            }
        }
    }
}
