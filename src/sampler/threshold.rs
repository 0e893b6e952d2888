//! `Threshold`: a probability as the number that a trace's randomness is compared with.
//!
//! (OpenTelemetry, "TraceState: Probability Sampling".) Of the 2^56 values that randomness can take, those
//! below the threshold are dropped: T = (1 - p) * 2^56, rounded to four hex digits after its leading `f`s, or `0`s.

/// How many values randomness can take: 7 bytes.
const VALUES: u64 = 1 << 56;
/// Hex digits of a threshold.
const DIGITS: i32 = 14;
/// Significant digits kept, leading `f`s and `0`s not counted: the specification's recommendation.
const SIGNIFICANT: i32 = 4;

/// Traces whose randomness is at least this are sampled; below 2^56.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Threshold(u64);

// === impl Threshold ===

impl Threshold {
    /// The threshold of a probability; `None`, which samples nothing, below 2^-56 and for what is no number.
    pub(super) fn of_probability(probability: f64) -> Option<Self> {
        // Exact: multiplying by a power of two only moves the exponent.
        let kept = probability.min(1.0) * VALUES as f64;
        if probability.is_nan() || kept < 1.0 {
            return None;
        }
        let exact = VALUES - kept.round() as u64;
        let digits = SIGNIFICANT + zeros(probability).max(zeros(1.0 - probability));
        if digits >= DIGITS {
            return Some(Threshold(exact));
        }
        let unit = 1 << (4 * (DIGITS - digits));
        Some(Threshold((exact + unit / 2) & !(unit - 1)))
    }

    /// The threshold of this share of what this one samples; never below it.
    pub(super) fn thinned(self, share: f64) -> Option<Self> {
        let probability = (VALUES - self.0) as f64 / VALUES as f64;
        Threshold::of_probability(probability * share).map(|threshold| threshold.max(self))
    }

    /// Reads the value of `th`: 1 to 14 hex digits of either case, the trailing zeros cut.
    pub(super) fn from_th(text: &str) -> Option<Self> {
        let missing = (DIGITS as usize).checked_sub(text.len())?;
        if text.is_empty() || !text.bytes().all(|c| c.is_ascii_hexdigit()) {
            return None;
        }
        u64::from_str_radix(text, 16).ok().map(|number| Threshold(number << (4 * missing)))
    }

    /// The value of `th`: 14 hex digits without the trailing zeros, `0` for none.
    pub(super) fn to_th(self) -> String {
        let digits = format!("{:014x}", self.0);
        match digits.trim_end_matches('0') {
            "" => "0".to_owned(),
            cut => cut.to_owned(),
        }
    }

    /// Whether a trace of this randomness is sampled.
    #[inline]
    pub(super) const fn admits(self, randomness: u64) -> bool {
        randomness >= self.0
    }
}

/// How many hex digits of a fraction are sure to be `0`, and `f` in what it lacks of 1: one for each 4 bits that it is
/// below 1. (None of 0, which is exact.)
fn zeros(fraction: f64) -> i32 {
    // A double is 0.5 to 1 times 2^exponent, its biased form 1022 when that power is 0.
    let exponent = (fraction.to_bits() >> 52 & 0x7ff) as i32 - 1022;
    (-exponent).max(0) / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn th(probability: f64) -> String {
        Threshold::of_probability(probability).expect("sampled").to_th()
    }

    #[test]
    fn thresholds_are_those_of_the_specifications_table() {
        for (one_in, expected) in [
            (1.0, "0"),
            (2.0, "8"),
            (3.0, "aaab"),
            (4.0, "c"),
            (5.0, "cccd"),
            (8.0, "e"),
            (10.0, "e666"),
            (16.0, "f"),
            (100.0, "fd70a"),
            (1e3, "ffbe77"),
            (1e4, "fff9724"),
            (1e5, "ffff583a"),
            (1e6, "ffffef39"),
        ] {
            assert_eq!(th(1.0 / one_in), expected, "1 in {one_in}");
        }
    }

    #[test]
    fn the_edges_of_the_range_neither_overflow_nor_vanish() {
        let least = 2f64.powi(-56);
        assert_eq!(Threshold::of_probability(least), Some(Threshold(VALUES - 1)));
        assert_eq!(th(least), "ffffffffffffff");
        assert_eq!(th(3.0 * least), "fffffffffffffd");
        for off in [0.0, -0.0, least / 2.0, f64::MIN_POSITIVE, -1.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(Threshold::of_probability(off), None, "{off}");
        }
        assert_eq!(Threshold::of_probability(f64::INFINITY), Some(Threshold(0)));
        // Every power of two is exact, and just below it rounding must not reach 2^56.
        for power in 0..=56 {
            let p = 2f64.powi(-power);
            assert_eq!(Threshold::of_probability(p), Some(Threshold(VALUES - (VALUES >> power))));
            let below = Threshold::of_probability(p.next_down());
            assert!(below.is_none_or(|t| t.0 < VALUES), "{power}");
        }
    }

    #[test]
    fn leading_zeros_are_written_and_trailing_ones_cut() {
        // (1 - 0.9999) * 16^7 = 0x68db.8b, rounded 0x68dc, three digits further right.
        assert_eq!(th(0.9999), "00068dc");
        assert_eq!(Threshold::from_th("00068dc"), Threshold::of_probability(0.9999));
        // 10^-6 * 16^8 = 0x10c6.f7.
        assert_eq!(th(0.999999), "000010c7");
    }

    #[test]
    fn a_threshold_reads_back_and_bad_ones_are_refused() {
        for text in ["0", "8", "c", "e666", "fd70a", "ffffffffffffff", "00000000000001"] {
            assert_eq!(Threshold::from_th(text).map(Threshold::to_th).as_deref(), Some(text));
        }
        assert_eq!(Threshold::from_th("C000"), Threshold::from_th("c"));
        for bad in ["", "g", "+8", "-1", "0x8", "é", "fffffffffffffff"] {
            assert_eq!(Threshold::from_th(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_higher_probability_never_has_a_higher_threshold() {
        let mut last = Threshold::of_probability(1e-9);
        for step in 1..=100_000 {
            let next = Threshold::of_probability(f64::from(step) / 1e5);
            assert!(next <= last, "{step}");
            last = next;
        }
    }
}
