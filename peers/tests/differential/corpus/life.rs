//! The life of a span: handles, scopes, disabled spans, many at once.

use tracing::{Instrument, Level, Span, info, info_span, span_enabled};

use crate::hand::Hand;
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    life_entered_many_times,
    life_in_scope_returns,
    life_or_current,
    life_or_current_of_none,
    life_none,
    life_disabled_by_hand,
    life_cloned,
    life_entered_guard_kept,
    life_exit_gives_the_span_back,
    life_many_open_at_once,
    life_recursion,
    life_interleaved,
    life_span_made_in_a_field,
    life_instrument_never_polled,
    life_no_spans,
];

fn life_entered_many_times(_: &dyn Hand) {
    let span = info_span!("busy");
    for round in 0..50 {
        span.in_scope(|| info!(round, "round"));
    }
}

fn life_in_scope_returns(hand: &dyn Hand) {
    let value = info_span!("work").in_scope(|| 7);
    hand.note("value", &value);
}

fn life_or_current(_: &dyn Hand) {
    let _outer = info_span!("outer").entered();
    info_span!("enabled").or_current().in_scope(|| info!("in enabled"));
}

fn life_or_current_of_none(_: &dyn Hand) {
    let _outer = info_span!("outer").entered();
    let same = Span::none().or_current();
    same.in_scope(|| info_span!("child").in_scope(|| info!("in child")));
    same.in_scope(|| info!("in outer"));
}

fn life_none(hand: &dyn Hand) {
    let none = Span::none();
    none.in_scope(|| info!("nowhere"));
    none.record("key", 1);
    hand.note("disabled", &none.is_disabled());
    info_span!("work").in_scope(|| {});
}

fn life_disabled_by_hand(hand: &dyn Hand) {
    let _outer = info_span!("outer").entered();
    let disabled = Span::new_disabled(Span::current().metadata().expect("it is enabled"));
    disabled.in_scope(|| info_span!("child").in_scope(|| {}));
    hand.note("enabled", &span_enabled!(Level::INFO));
}

fn life_cloned(_: &dyn Hand) {
    let span = info_span!("original", value = tracing::field::Empty);
    let clones: Vec<_> = (0..3).map(|_| span.clone()).collect();
    for clone in &clones {
        clone.in_scope(|| info_span!("child").in_scope(|| {}));
    }
    clones[2].record("value", "by a clone");
}

fn life_entered_guard_kept(_: &dyn Hand) {
    let outer = info_span!("outer").entered();
    let inner = info_span!("inner").entered();
    drop(outer);
    info!("in inner");
    info_span!("child").in_scope(|| {});
    drop(inner);
}

fn life_exit_gives_the_span_back(_: &dyn Hand) {
    let span = info_span!("work").entered().exit();
    info_span!("between").in_scope(|| {});
    let _again = span.entered();
}

fn life_many_open_at_once(_: &dyn Hand) {
    let spans: Vec<_> = (0..300).map(|index| info_span!("one", index)).collect();
    for span in spans.iter().rev() {
        span.in_scope(|| {});
    }
}

fn life_recursion(_: &dyn Hand) {
    #[tracing::instrument]
    fn factorial(n: u64) -> u64 {
        if n <= 1 { 1 } else { n * factorial(n - 1) }
    }
    factorial(5);
}

fn life_interleaved(_: &dyn Hand) {
    let (left, right) = (info_span!("left"), info_span!("right"));
    for _ in 0..2 {
        left.in_scope(|| info_span!("of left").in_scope(|| {}));
        right.in_scope(|| info_span!("of right").in_scope(|| {}));
    }
}

fn life_span_made_in_a_field(_: &dyn Hand) {
    fn value() -> i64 {
        info_span!("while computing").in_scope(|| 7)
    }
    info_span!("outer", value = value()).in_scope(|| {});
}

fn life_instrument_never_polled(_: &dyn Hand) {
    drop(async { info!("never") }.instrument(info_span!("never polled")));
}

fn life_no_spans(_: &dyn Hand) {}
