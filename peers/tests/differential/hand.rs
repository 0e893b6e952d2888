//! `Hand`: what a program does with a span by hand, so that one program is written for both layers.

use std::sync::Once;
use std::thread;

use tracing::{Span, dispatcher};
use tracing_log::LogTracer;

/// A span of another process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remote {
    pub(crate) trace: u128,
    pub(crate) span: u64,
    pub(crate) flags: u8,
    pub(crate) state: &'static str,
}

/// The value of an attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Set {
    Text(&'static str),
    Int(i64),
    Float(f64),
    Bool(bool),
    Texts(&'static [&'static str]),
}

/// What is said of a span.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Code {
    Unset,
    Ok,
    Error,
}

/// Attributes of an event or link.
pub(crate) type Sets<'a> = &'a [(&'static str, Set)];

/// The extension trait of `tracing::Span` that a layer comes with.
pub(crate) trait Hand {
    /// Whether the span took the parent.
    fn set_parent(&self, span: &Span, parent: Remote) -> bool;

    /// Hangs the span under another one by that one's context.
    fn set_parent_to(&self, span: &Span, parent: &Span) -> bool;

    fn add_link(&self, span: &Span, to: Remote, attributes: Sets<'_>);

    fn add_link_to(&self, span: &Span, to: &Span);

    fn set_attribute(&self, span: &Span, key: &'static str, value: Set);

    fn set_status(&self, span: &Span, code: Code, description: &'static str);

    fn add_event(&self, span: &Span, name: &'static str, attributes: Sets<'_>);

    /// Takes the context of the span; what it says in a form that is the same in every run.
    fn context(&self, span: &Span) -> String;

    /// Notes what the program saw, to be compared too.
    fn note(&self, label: &'static str, value: &dyn std::fmt::Debug);
}

// === impl Remote ===

impl Remote {
    /// A sampled one.
    pub(crate) const fn sampled(span: u64) -> Remote {
        Remote { trace: 0xaaaa_0000_0000_0000_0000_0000_0000_0001, span, flags: 1, state: "" }
    }
}

/// The text of a context, without ids that differ from run to run.
pub(crate) fn describe(valid: bool, remote: bool, sampled: bool, state: &str) -> String {
    let word = |is, yes: &'static str, no| if is { yes } else { no };
    let (valid, remote) = (word(valid, "valid", "invalid"), word(remote, "remote", "local"));
    format!("{valid} {remote} {} {state:?}", word(sampled, "sampled", "unsampled"))
}

/// Sends records of the `log` crate to `tracing`, for the whole process.
pub(crate) fn listen_to_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| LogTracer::init().expect("the only logger of the process"));
}

/// Runs `f` on a thread of that name under the caller's subscriber, and waits for it.
pub(crate) fn on_thread<R: Send + 'static>(name: &str, f: impl FnOnce() -> R + Send + 'static) -> R {
    let dispatch = dispatcher::get_default(Clone::clone);
    let thread = thread::Builder::new().name(name.to_owned());
    let running = thread.spawn(move || dispatcher::with_default(&dispatch, f)).expect("a thread");
    running.join().expect("no program panics on its threads unless it means to")
}
