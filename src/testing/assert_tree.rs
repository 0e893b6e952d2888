//! `assert_tree!`: a picture in a test against what was captured.

use super::diff::diff;
use super::picture::indented;
use std::fmt::Display;

/// Asserts that a [`Trace`](crate::testing::Trace), or the part of it below one
/// [`CapturedSpan`](crate::testing::CapturedSpan), looks like [the picture](crate::testing#the-picture).
///
/// Empty lines, blanks at the end of lines and indentation that all lines have in common do not count.
///
/// ```
/// use throughline::testing::{assert_tree, capture};
/// use tracing::{info, info_span};
///
/// let trace = capture(|| {
///     let _checkout = info_span!("checkout", order = 7).entered();
///     info_span!("charge").in_scope(|| info!(retries = 2, "charging"));
/// });
/// assert_tree!(
///     trace,
///     "
///     checkout order=7
///       charge
///         * charging level=INFO retries=2
///     "
/// );
/// assert_tree!(trace.span("charge"), "charge\n  * charging level=INFO retries=2");
/// ```
///
/// # Panics
///
/// If it looks different: with what differs, and the actual picture as it is to be pasted if it is right.
#[macro_export]
macro_rules! assert_tree {
    ($actual:expr, $picture:expr $(,)?) => {
        $crate::testing::assert_picture(&$actual, $picture)
    };
}

/// What [`assert_tree!`](crate::testing::assert_tree) calls.
#[doc(hidden)]
#[track_caller]
pub fn assert_picture(actual: &impl Display, picture: &str) {
    let actual = actual.to_string();
    let (expected, found) = (significant(picture), significant(&actual));
    if expected != found {
        panic!(
            "the trace is not as in the picture (- expected, + found):\n\n{}\n\nThis was captured:\n\n{}\n",
            diff(&expected, &found),
            indented(&actual)
        );
    }
}

/// The lines that count, without what all of them have in front.
fn significant(picture: &str) -> Vec<&str> {
    let lines = || picture.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let common = lines().map(blanks).min().unwrap_or_default();
    lines().map(|line| &line[common..]).collect()
}

#[cfg(test)]
mod tests {
    use super::significant;

    #[test]
    fn only_what_is_said_counts() {
        assert_eq!(significant("\n    a\n      b  \n\n    c\n  "), ["a", "  b", "c"]);
        assert_eq!(significant("a\n  b"), ["a", "  b"]);
        assert!(significant(" \n \n").is_empty());
    }
}
