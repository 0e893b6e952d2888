//! Values that misbehave while they are printed.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use tracing::{Span, info, info_span};

use crate::hand::Hand;
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    value_panics_in_an_event,
    value_panics_in_a_new_span,
    value_panics_when_recorded,
    value_fails_to_print,
    value_makes_a_span,
    value_changes_its_span,
];

/// Panics, without a word on the terminal.
struct Panics;

/// Says that it cannot be printed.
struct Fails;

/// Makes a span of its own.
struct Spans;

/// Records on the span that it is in.
struct Records;

impl fmt::Debug for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        resume_unwind(Box::new("on purpose"))
    }
}

impl fmt::Debug for Fails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("begun")?;
        Err(fmt::Error)
    }
}

impl fmt::Debug for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info_span!("while printing", key = 1).in_scope(|| info!("inside"));
        f.write_str("printed")
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span::current().record("changed", "by a value");
        f.write_str("printed")
    }
}

/// Whether the program gets the panic of its own value.
fn panics(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

fn value_panics_in_an_event(hand: &dyn Hand) {
    let _work = info_span!("work").entered();
    hand.note("panics", &panics(|| info!(before = 1, value = ?Panics, after = 2, "event")));
    info!("next");
}

fn value_panics_in_a_new_span(hand: &dyn Hand) {
    let _outer = info_span!("outer").entered();
    hand.note("panics", &panics(|| info_span!("inner", value = ?Panics).in_scope(|| {})));
    info_span!("next").in_scope(|| {});
}

fn value_panics_when_recorded(hand: &dyn Hand) {
    let span = info_span!("work", value = tracing::field::Empty, other = tracing::field::Empty);
    let record = || {
        span.record("value", tracing::field::debug(Panics));
    };
    hand.note("panics", &panics(record));
    span.record("other", 1);
    span.in_scope(|| {});
}

fn value_fails_to_print(hand: &dyn Hand) {
    let _work = info_span!("work").entered();
    hand.note("event panics", &panics(|| info!(value = ?Fails, "event")));
    hand.note("span panics", &panics(|| info_span!("inner", value = ?Fails).in_scope(|| {})));
}

fn value_makes_a_span(_: &dyn Hand) {
    let _outer = info_span!("outer").entered();
    info!(value = ?Spans, "event");
    info_span!("inner", value = ?Spans).in_scope(|| {});
}

fn value_changes_its_span(_: &dyn Hand) {
    let _outer = info_span!("outer", changed = tracing::field::Empty).entered();
    info!(value = ?Records, "event");
    info_span!("inner", value = ?Records, changed = "no").in_scope(|| {});
}
