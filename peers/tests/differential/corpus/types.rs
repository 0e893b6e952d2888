//! Types of values, on spans and on events.

use std::num::{NonZeroU8, NonZeroU64, Wrapping};

use tracing::{info, info_span};

use crate::hand::Hand;
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    type_small_integers,
    type_u64_beyond_i64,
    type_i128,
    type_u128,
    type_floats,
    type_floats_that_are_none,
    type_bool,
    type_text,
    type_odd_text,
    type_long_text,
    type_bytes,
    type_option,
    type_wrapping_and_non_zero,
    type_debug,
    type_display,
    type_boxed,
    type_dyn_value,
];

fn type_small_integers(_: &dyn Hand) {
    let span = info_span!("signed", a = -1i8, b = 2i16, c = -3i32, d = i64::MIN, e = 5isize).entered();
    info!(a = 1u8, b = 2u16, c = 3u32, d = 4u64, e = 5usize, "unsigned");
    drop(span);
    info_span!("unsigned", a = 1u8, b = 2u16, c = 3u32, d = 4u64, e = 5usize).in_scope(|| {});
}

fn type_u64_beyond_i64(_: &dyn Hand) {
    let span = info_span!("work", large = u64::MAX, fits = i64::MAX as u64).entered();
    info!(large = u64::MAX, fits = i64::MAX as u64, "wide");
    drop(span);
}

fn type_i128(_: &dyn Hand) {
    let span = info_span!("work", small = -5i128, large = i128::MIN).entered();
    info!(small = -5i128, large = i128::MAX, "wide");
    drop(span);
}

fn type_u128(_: &dyn Hand) {
    let span = info_span!("work", small = 5u128, large = u128::MAX).entered();
    info!(small = 5u128, large = u128::MAX, "wide");
    drop(span);
}

fn type_floats(_: &dyn Hand) {
    let span = info_span!("work", a = 1.0, b = -0.0, c = 0.1f32, d = f64::MIN_POSITIVE).entered();
    info!(a = 1.5, b = 1e300, "floats");
    drop(span);
}

fn type_floats_that_are_none(_: &dyn Hand) {
    let span = info_span!("work", nan = f64::NAN, up = f64::INFINITY, down = f64::NEG_INFINITY).entered();
    info!(nan = f64::NAN, up = f64::INFINITY, "not numbers");
    drop(span);
}

fn type_bool(_: &dyn Hand) {
    let span = info_span!("work", yes = true, no = false).entered();
    info!(yes = true, "bools");
    drop(span);
}

fn type_text(_: &dyn Hand) {
    let owned = String::from("owned");
    let span = info_span!("work", borrowed = "text", owned, reference = &owned).entered();
    info!(borrowed = "text", owned, "texts");
    drop(span);
}

fn type_odd_text(_: &dyn Hand) {
    let span = info_span!("work", empty = "", zero = "a\0b", lines = "a\nb", wide = "日本語 🦀").entered();
    info!(empty = "", quote = "\"", escape = "\u{1b}[31m", "odd\ntext");
    drop(span);
}

fn type_long_text(_: &dyn Hand) {
    let long = "x".repeat(20_000);
    let span = info_span!("work", long).entered();
    info!(long, "long");
    drop(span);
}

fn type_bytes(_: &dyn Hand) {
    let bytes: &[u8] = &[1, 255];
    let span = info_span!("work", bytes, none = &[] as &[u8]).entered();
    info!(bytes, "bytes");
    drop(span);
}

fn type_option(_: &dyn Hand) {
    let span = info_span!("work", some = Some(7), none = None::<i64>, text = Some("a")).entered();
    info!(some = Some(true), none = None::<bool>, "options");
    drop(span);
}

fn type_wrapping_and_non_zero(_: &dyn Hand) {
    let (small, large) = (NonZeroU8::MAX, NonZeroU64::MAX);
    let span = info_span!("work", wrapping = Wrapping(7i32), small, large).entered();
    info!(wrapping = Wrapping(7u64), small, "numbers in something");
    drop(span);
}

fn type_debug(_: &dyn Hand) {
    #[derive(Debug)]
    #[expect(dead_code, reason = "read by Debug only")]
    struct Point {
        x: i32,
        y: Option<&'static str>,
    }
    let point = Point { x: 1, y: Some("a") };
    let span = info_span!("work", ?point, list = ?[1, 2], unit = ?(), text = ?"quoted").entered();
    info!(?point, again = tracing::field::debug(&point), number = ?7, "debug");
    drop(span);
}

fn type_display(_: &dyn Hand) {
    let span = info_span!("work", char = %'x', number = %7, text = %"plain").entered();
    info!(char = tracing::field::display('x'), args = format_args!("{}-{}", 1, 2), "display");
    drop(span);
}

fn type_boxed(_: &dyn Hand) {
    let (number, text) = (Box::new(7), Box::new("a"));
    let span = info_span!("work", number, text, twice = &&7).entered();
    info!(number = Box::new(true), "boxed");
    drop(span);
}

fn type_dyn_value(_: &dyn Hand) {
    let value: &dyn tracing::Value = &7;
    let span = info_span!("work", value).entered();
    info!(value, "any value");
    drop(span);
}
