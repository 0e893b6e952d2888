//! `Retry-After`: seconds, or a date in any of the three forms that HTTP has had (RFC 9110, sections 10.2.3 and 5.6.7).
//!
//! ```text
//! retry-after = digits | date
//! date        = day-name "," SP 2DIGIT SP month SP 4DIGIT SP clock SP "GMT"       ; Sun, 06 Nov 1994 08:49:37 GMT
//!             | day-name-l "," SP 2DIGIT "-" month "-" 2DIGIT SP clock SP "GMT"   ; Sunday, 06-Nov-94 08:49:37 GMT
//!             | day-name SP month SP ( 2DIGIT | SP DIGIT ) SP clock SP 4DIGIT     ; Sun Nov  6 08:49:37 1994
//! clock       = 2DIGIT ":" 2DIGIT ":" 2DIGIT
//! ```

use std::time::{Duration, SystemTime};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// Days before 1970, counted from 1 March of the year 0.
const EPOCH: u64 = 719_468;

/// How long to wait; nothing, for a date that has passed.
pub(crate) fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than can be counted are no reason to come back at once.
        true if !text.is_empty() => Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX))),
        _ => Some(http_date(text, now)?.duration_since(now).unwrap_or_default()),
    }
}

/// A date of HTTP. A year of two digits that would be over 50 years ahead is of the century before.
pub(crate) fn http_date(text: &str, now: SystemTime) -> Option<SystemTime> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let (day, month, year, clock) = match words[..] {
        [name, day, month, year, clock, "GMT"] if name.ends_with(',') => (day, month, whole(year, 4)?, clock),
        [name, date, clock, "GMT"] if name.ends_with(',') => {
            let (day, rest) = date.split_once('-')?;
            let (month, year) = rest.split_once('-')?;
            (day, month, full_year(whole(year, 2)?, now), clock)
        }
        [_, month, day, clock, year] => (day, month, whole(year, 4)?, clock),
        _ => return None,
    };
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let day = day.parse().ok().filter(|day| (1..=31).contains(day))?;
    let seconds = days(year, month, day)? * 86_400 + second_of_day(clock)?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

fn whole(text: &str, digits: usize) -> Option<u64> {
    let whole = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    whole.then(|| text.parse().ok()).flatten()
}

fn full_year(of_century: u64, now: SystemTime) -> u64 {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let this = 1970 + since / 31_556_952;
    let next = this - this % 100 + 100 + of_century;
    next - 100 * (next.saturating_sub(this + 50)).div_ceil(100)
}

/// Since the epoch, with years that begin in March so that the leap day comes last.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = Some(year).filter(|year| *year >= 1970)?;
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    (year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1).checked_sub(EPOCH)
}

fn second_of_day(clock: &str) -> Option<u64> {
    let mut parts = clock.split(':').map(|part| whole(part, 2));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    // A leap second has the number 60.
    let real = parts.next().is_none() && hour < 24 && minute < 60 && second <= 60;
    real.then_some((hour * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn it_is_seconds_or_a_date_in_any_form() {
        let now = at(784_111_777);
        assert_eq!(retry_after(" 120 ", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("99999999999999999999", now), Some(Duration::from_secs(u64::MAX)));
        for ten_later in
            ["Sun, 06 Nov 1994 08:49:47 GMT", "Sunday, 06-Nov-94 08:49:47 GMT", "Sun Nov  6 08:49:47 1994"]
        {
            assert_eq!(retry_after(ten_later, now), Some(Duration::from_secs(10)), "{ten_later}");
        }
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:36 GMT", now), Some(Duration::ZERO));
    }

    #[test]
    fn what_is_neither_is_not_heeded() {
        for bad in [
            "",
            "-1",
            "1.5",
            "soon",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 99 Nov 1994 08:49:37 GMT",
            "Sun, 06 Now 1994 08:49:37 GMT",
            "Sun, 06 Nov 1 8:4:7 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:60:00 GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Sun Nov  6 08:49 1994",
            "Thu, 01 Jan 1969 00:00:00 GMT",
        ] {
            assert_eq!(retry_after(bad, at(784_111_777)), None, "{bad:?}");
        }
    }

    #[test]
    fn leap_days_and_centuries_are_right() {
        let (early, late) = (at(784_111_777), at(1_780_000_000));
        assert_eq!(http_date("Thu, 29 Feb 2024 00:00:00 GMT", late), Some(at(1_709_164_800)));
        assert_eq!(http_date("Mon, 01 Mar 2100 00:00:00 GMT", late), Some(at(4_107_542_400)));
        assert_eq!(http_date("Thursday, 01-Jan-70 00:00:00 GMT", early), Some(at(0)));
        for now in [early, late] {
            assert_eq!(http_date("Thursday, 29-Feb-24 00:00:00 GMT", now), Some(at(1_709_164_800)));
        }
        assert_eq!(http_date("Saturday, 31-Dec-44 00:00:00 GMT", early), Some(at(2_366_755_200)));
        assert_eq!(http_date("Saturday, 01-Jan-45 00:00:00 GMT", early), None, "of 1945");
    }
}
