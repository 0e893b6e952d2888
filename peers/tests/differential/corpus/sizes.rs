//! Values, names and callsites of sizes at which an encoding changes.

use tracing::{info, info_span};

use crate::hand::{Hand, Set};
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    size_of_text,
    size_of_events,
    size_of_names,
    size_of_a_callsite,
    size_of_a_callsite_recorded_again
];

/// Around the lengths whose length takes one byte more.
const LENGTHS: [usize; 9] = [0, 1, 120, 127, 128, 129, 16_383, 16_384, 16_385];

fn size_of_text(hand: &dyn Hand) {
    for length in LENGTHS {
        let text = "x".repeat(length);
        let span = info_span!("work", text, other = tracing::field::Empty);
        hand.set_attribute(&span, "between", Set::Text("a"));
        span.in_scope(|| span.record("other", &text));
    }
}

fn size_of_events(_: &dyn Hand) {
    let span = info_span!("work").entered();
    for length in LENGTHS {
        info!(text = "x".repeat(length), "event");
        info!("{}", "m".repeat(length.max(1)));
    }
    drop(span);
}

fn size_of_names(_: &dyn Hand) {
    for length in LENGTHS.into_iter().skip(1) {
        let text = "x".repeat(length);
        info_span!("work", otel.name = text, otel.status_description = text).in_scope(|| {});
    }
}

/// A span with more fields than there are bits in a word.
macro_rules! wide_span {
    () => {
        info_span!(
            "wide",
            f00 = 0,
            f01 = 1,
            f02 = 2,
            f03 = 3,
            f04 = 4,
            f05 = 5,
            f06 = 6,
            f07 = 7,
            f08 = 8,
            f09 = 9,
            f10 = 10,
            f11 = 11,
            f12 = 12,
            f13 = 13,
            f14 = 14,
            f15 = 15,
            f16 = 16,
            f17 = 17,
            f18 = 18,
            f19 = 19,
            f20 = 20,
            f21 = 21,
            f22 = 22,
            f23 = 23,
            f24 = 24,
            f25 = 25,
            f26 = 26,
            f27 = 27,
            f28 = 28,
            f29 = 29,
            f30 = 30,
            f31 = 31,
            f32 = 32,
            f33 = 33,
            f34 = 34,
            f35 = 35,
            f36 = 36,
            f37 = 37,
            f38 = 38,
            f39 = 39,
            f40 = 40,
            f41 = 41,
            f42 = 42,
            f43 = 43,
            f44 = 44,
            f45 = 45,
            f46 = 46,
            f47 = 47,
            f48 = 48,
            f49 = 49,
            f50 = 50,
            f51 = 51,
            f52 = 52,
            f53 = 53,
            f54 = 54,
            f55 = 55,
            f56 = 56,
            f57 = 57,
            f58 = 58,
            f59 = 59,
            f60 = 60,
            f61 = 61,
            f62 = 62,
            f63 = 63,
            f64 = 64,
            f65 = 65,
            f66 = 66,
            f67 = 67,
            f68 = 68,
            f69 = 69
        )
    };
}

fn size_of_a_callsite(_: &dyn Hand) {
    wide_span!().in_scope(|| {});
}

fn size_of_a_callsite_recorded_again(_: &dyn Hand) {
    let span = wide_span!();
    for field in ["f00", "f62", "f63", "f64", "f65", "f69"] {
        span.record(field, "again");
    }
    span.in_scope(|| span.record("f64", "and again"));
}
