//! `Panic`: what a panic says to the spans that its thread is in.
//!
//! Here the program is about to unwind, perhaps to end, and a panic of the hook itself would end it at once: so
//! nothing of the program's is called (its clock neither), no lock is waited for without end, and texts are bounded.

use super::caught;
use super::limits::Limits;
use super::local::{self, Entered, Local};
use super::plan::{EVENT_ATTRIBUTES, Plan};
use super::recorder::Recorder;
use super::registered;
use super::text;
use crate::wire::{StatusCode, put_key_value_str, put_string_field, put_varint_field};
use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::Once;

/// Fields of the OTLP `Event`.
const TIME: u8 = 1 << 3 | 1;
const NAME: u32 = 2;
const DROPPED_ATTRIBUTES: u32 = 4;
/// Characters of the message and of the stack trace that are kept.
const LONGEST: usize = 16 << 10;
/// How often a lock is asked for; between two attempts others may run. Whoever holds it does so for microseconds, or is
/// this very thread.
const ATTEMPTS: usize = 1000;

/// A panic, in the words of the semantic conventions ("Exceptions").
struct Panic {
    message: String,
    /// Where it began, and the backtrace if there is one.
    stacktrace: String,
}

static INSTALLED: Once = Once::new();

/// Puts our hook before the one that the process has, once.
pub(crate) fn install() {
    // The hook cannot be changed while this thread unwinds; the next that asks installs it.
    if std::thread::panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let previous = take_hook();
        set_hook(Box::new(move |info| {
            tell(info);
            previous(info);
        }));
    });
}

/// Tells every recorded span that this thread is in.
fn tell(info: &PanicHookInfo<'_>) {
    // What is caught by ourselves (a field's `Debug`, say) is told in the value.
    if !caught::is_inside() {
        local::with(|local| {
            if !local.is_muted() {
                tell_stack(local, info);
            }
        });
    }
}

fn tell_stack(local: &Local, info: &PanicHookInfo<'_>) {
    let (mut recorder, mut panic) = (None, None);
    for index in (0..local.depth()).rev() {
        let Some((entered, innermost)) = local.entered_at(index) else { return };
        let instance = entered.instance;
        if recorder.as_ref().is_none_or(|(last, _)| *last != instance) {
            recorder = Some((instance, patiently(|| registered::try_numbered(instance))));
        }
        let Some((_, Some(recorder))) = &recorder else { continue };
        if recorder.config.panics {
            let panic = panic.get_or_insert_with(|| Panic::of(info));
            recorder.tell_of_panic(local, entered, panic, innermost);
        }
    }
}

/// Asks until there is an answer, but not for ever.
fn patiently<T>(mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    (0..ATTEMPTS).find_map(|_| {
        let got = attempt();
        if got.is_none() {
            std::thread::yield_now();
        }
        got
    })
}

// === impl Recorder ===

impl Recorder {
    /// The innermost span gets the event, each gets the status, unless it is Ok, which is final.
    fn tell_of_panic(&self, local: &Local, entered: Entered, panic: &Panic, innermost: bool) {
        let Entered { id, cell, tenancy, plan, .. } = entered;
        if cell.is_unsampled() || !cell.is_of(id, tenancy) {
            return;
        }
        let limits = &self.config.limits;
        // Whatever becomes of exceptions in events: a panic makes no log record.
        let innermost = innermost && self.config.events.in_spans();
        let event = innermost.then(|| panic.event(plan, self.now_without_calling_out(local), limits));
        let message = plan.derived("exception.message", &panic.message).unwrap_or_default();
        let message = text::cut(&message, limits.value_length);
        let more = message.len() + event.as_ref().map_or(0, |event| event.len() + 8);
        let Some(mut guard) = patiently(|| self.shards.try_of(id)) else { return };
        let refused = self.amend_in(&mut guard, id, cell.slot(), more, |span| {
            span.set_status(StatusCode::Error, message);
            if let Some(event) = &event {
                span.body.event(event, limits);
            }
        });
        if let Some(span) = refused {
            span.set_status(StatusCode::Error, "");
            span.body.dropped_events = span.body.dropped_events.saturating_add(u32::from(innermost));
        }
    }
}

// === impl Panic ===

impl Panic {
    fn of(info: &PanicHookInfo<'_>) -> Panic {
        let payload = info.payload();
        let known = payload.downcast_ref::<&str>().copied();
        let known = known.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let message = text::cut(known.unwrap_or("a panic whose payload is no text"), LONGEST).to_owned();
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let backtrace = Backtrace::capture();
        let stacktrace = match backtrace.status() {
            BacktraceStatus::Captured => text::formatted(LONGEST, &format_args!("{place}\n{backtrace}")),
            _ => place,
        };
        Panic { message, stacktrace }
    }

    /// The content of an OTLP `Event`.
    fn event(&self, plan: &Plan, unix_nanos: u64, limits: &Limits) -> Vec<u8> {
        let mut out = vec![TIME];
        out.extend_from_slice(&unix_nanos.to_le_bytes());
        put_string_field(&mut out, NAME, "exception");
        let attributes = [
            ("exception.type", "panic"),
            ("exception.message", &self.message),
            ("exception.stacktrace", &self.stacktrace),
        ];
        // What the program wants of them was asked when the callsite's plan was made.
        let wanted = attributes.into_iter().filter_map(|(key, value)| Some((key, plan.derived(key, value)?)));
        let wanted: Vec<_> = wanted.collect();
        for (key, value) in wanted.iter().take(limits.event_attributes) {
            put_key_value_str(&mut out, EVENT_ATTRIBUTES, key, text::cut(value, limits.value_length));
        }
        let dropped = wanted.len().saturating_sub(limits.event_attributes);
        if dropped > 0 {
            put_varint_field(&mut out, DROPPED_ATTRIBUTES, dropped as u64);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use crate::{Batch, BoxFuture, Exporter, Outcome};
    use std::panic::catch_unwind;
    use std::sync::{Arc, Mutex};
    use tracing::dispatcher::with_default;
    use tracing::{Dispatch, info_span};
    use tracing_subscriber::prelude::*;

    #[derive(Clone, Default)]
    struct Statuses(Arc<Mutex<Vec<String>>>);

    impl Exporter for Statuses {
        fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
            let told = batch.spans().map(|span| span.to_data().expect("our own frames").status.description);
            self.0.lock().expect("nothing panics").extend(told);
            Box::pin(async { Outcome::Accepted })
        }
    }

    #[test]
    fn a_panic_under_our_own_locks_is_not_told_and_does_not_hang() {
        let told = Statuses::default();
        let (layer, guard) =
            crate::builder().exporter(told.clone()).record_panics(true).build().expect("valid settings");
        let recorder = Arc::clone(layer.recorder());
        with_default(&Dispatch::new(tracing_subscriber::registry().with(layer)), || {
            for locked in [true, false] {
                let span = info_span!("s").entered();
                let id = span.id().expect("enabled").into_u64();
                let lock = locked.then(|| recorder.shards.of(id));
                assert!(catch_unwind(|| panic!("told")).is_err());
                drop(lock);
            }
        });
        guard.flush(std::time::Duration::from_secs(10)).expect("an exporter that takes everything");
        assert_eq!(*told.0.lock().expect("nothing panics"), ["", "told"]);
    }
}
