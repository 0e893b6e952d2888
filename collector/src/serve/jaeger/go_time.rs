//! Durations and times the way Go writes and reads them, which is how Jaeger does.

use std::fmt::Write;

const UNITS: [(&str, f64); 8] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("\u{b5}s", 1e3),
    ("\u{3bc}s", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 6e10),
    ("h", 3.6e12),
];

/// Reads a duration in nanoseconds:
///
/// ```text
/// duration = [ "+" | "-" ] ( "0" | 1*( number unit ) )
/// number   = *DIGIT [ "." *DIGIT ]          ; at least one digit
/// unit     = "ns" | "us" | "µs" | "ms" | "s" | "m" | "h"
/// ```
pub(super) fn parse_duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut nanos = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit)?;
        nanos += scaled(number, *size)?;
        rest = after;
    }
    let nanos = sign * nanos;
    (nanos.abs() < 9.2e18).then_some(nanos as i64)
}

/// `number` of a unit of `size` nanoseconds; whole and fraction apart, so that nanoseconds stay exact.
fn scaled(number: &str, size: f64) -> Option<f64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = whole.len() + fraction.len();
    if digits == 0 || fraction.contains('.') {
        return None;
    }
    let whole: f64 = if whole.is_empty() { 0.0 } else { whole.parse().ok()? };
    let fraction: f64 = format!("0.{fraction}0").parse().ok()?;
    Some(whole * size + (fraction * size + 1e-6).floor())
}

/// A duration of nanoseconds as Go prints it: `1.5s`, `24h0m0.096s`, `40ms`.
pub(super) fn duration_text(nanos: i128) -> String {
    let (sign, size) = if nanos < 0 { ("-", nanos.unsigned_abs()) } else { ("", nanos.unsigned_abs()) };
    let small = |unit: u128, name: &str| format!("{sign}{}{name}", decimal(size, unit));
    match size {
        0 => "0s".to_owned(),
        1..1_000 => small(1, "ns"),
        1_000..1_000_000 => small(1_000, "\u{b5}s"),
        1_000_000..1_000_000_000 => small(1_000_000, "ms"),
        _ => {
            let (minutes, rest) = (size / 60_000_000_000, size % 60_000_000_000);
            let seconds = decimal(rest, 1_000_000_000);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

/// A time as Go prints it: `2026-02-02 02:41:10.02 +0000 UTC`.
pub(super) fn time_text(unix_nanos: u64) -> String {
    let (seconds, nanos) = (unix_nanos / 1_000_000_000, unix_nanos % 1_000_000_000);
    let (year, month, day) = civil_date(seconds / 86_400);
    let clock = seconds % 86_400;
    let mut text =
        format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", clock / 3600, clock / 60 % 60, clock % 60);
    if nanos != 0 {
        // Writing to a string never fails.
        let _ = write!(text, ".{}", format!("{nanos:09}").trim_end_matches('0'));
    }
    text.push_str(" +0000 UTC");
    text
}

/// `size / unit` with as many decimals as it takes.
fn decimal(size: u128, unit: u128) -> String {
    let (whole, rest) = (size / unit, size % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    format!("{whole}.{}", format!("{rest:0width$}").trim_end_matches('0'))
}

/// Year, month and day of a day since the epoch, in the Gregorian calendar, by eras of 400 years from 1 March 0000.
fn civil_date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, nanos) in [
            ("0", 0),
            ("10ms", 10_000_000),
            ("0.01s", 10_000_000),
            ("10.0005ms", 10_000_500),
            ("10ms500ns", 10_000_500),
            ("1.5s", 1_500_000_000),
            ("-1ms", -1_000_000),
            ("+1h2m3s", 3_723_000_000_000),
            (".5us", 500),
            ("5.\u{b5}s", 5_000),
            ("2499999us", 2_499_999_000),
        ] {
            assert_eq!(parse_duration(text), Some(nanos), "{text}");
        }
        for bad in ["", "-", "10", "fast", "1x", "1.2.3s", ".s", "s", "1s2", "99999999999999h", "1 s"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn durations_and_times_are_written() {
        for (nanos, text) in [
            (0, "0s"),
            (7, "7ns"),
            (1_500, "1.5\u{b5}s"),
            (-21_500_000, "-21.5ms"),
            (4_000_000, "4ms"),
            (5_015_000_000, "5.015s"),
            (-1_943_000_000, "-1.943s"),
            (86_400_096_000_000, "24h0m0.096s"),
            (1_770_000_420_004_999_999, "491666h47m0.004999999s"),
        ] {
            assert_eq!(duration_text(nanos), text);
        }
        assert_eq!(time_text(0), "1970-01-01 00:00:00 +0000 UTC");
        assert_eq!(time_text(1_770_000_070_030_000_001), "2026-02-02 02:41:10.030000001 +0000 UTC");
        assert_eq!(time_text(951_782_400_000_000_000), "2000-02-29 00:00:00 +0000 UTC");
    }
}
