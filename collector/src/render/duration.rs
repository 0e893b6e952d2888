//! Durations for people.

use std::time::Duration;

/// A duration to three digits: `950 ns`, `1.23 ms`, `45.6 s`, `2 min 05 s`, `3 h 07 min`.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    match nanos {
        0..1_000 => format!("{nanos} ns"),
        // Each bound is where three digits would round up to the next unit.
        1_000..999_500 => three_digits(nanos as f64 / 1e3, "\u{b5}s"),
        999_500..999_500_000 => three_digits(nanos as f64 / 1e6, "ms"),
        999_500_000..59_950_000_000 => three_digits(nanos as f64 / 1e9, "s"),
        _ => {
            let seconds = (nanos + 500_000_000) / 1_000_000_000;
            let minutes = (seconds + 30) / 60;
            if seconds < 3600 {
                format!("{} min {:02} s", seconds / 60, seconds % 60)
            } else {
                format!("{} h {:02} min", minutes / 60, minutes % 60)
            }
        }
    }
}

fn three_digits(number: f64, unit: &str) -> String {
    let decimals = match number {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{number:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_a_unit() {
        for (nanos, text) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (1_234_567, "1.23 ms"),
            (9_996_000, "10.0 ms"),
            (99_960_000, "100 ms"),
            (999_400_000, "999 ms"),
            (999_600_000, "1.00 s"),
            (45_600_000_000, "45.6 s"),
            (59_960_000_000, "1 min 00 s"),
            (125_000_000_000, "2 min 05 s"),
            (3_599_700_000_000, "1 h 00 min"),
            (11_220_000_000_000, "3 h 07 min"),
        ] {
            assert_eq!(duration(Duration::from_nanos(nanos)), text);
        }
        assert!(!duration(Duration::MAX).is_empty());
    }
}
