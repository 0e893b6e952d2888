//! Whose clock is off: the answer's `Date` (RFC 9110, section 6.6.1) against ours.

use super::finding::{Finding, Problem};
use crate::export::http_date;
use std::time::{Duration, SystemTime};

/// So much may differ: an answer takes its time, and dates are whole seconds.
const TOLERATED: Duration = Duration::from_secs(120);

/// Compares the other's clock with ours.
pub(super) fn clock(date: &str, now: SystemTime) -> Option<Finding> {
    let theirs = http_date(date, now)?;
    let (apart, word) = match now.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    (apart > TOLERATED).then(|| {
        let minutes = apart.as_secs() / 60;
        let message = format!("this machine's clock is {minutes} minutes {word} that of the other side");
        let advice =
            "mend the one that is off (NTP), or the times of spans will not agree with other services";
        Finding::new(Problem::Clock, message, advice)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_told_in_both_directions_and_seconds_are_not() {
        let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777 + seconds);
        let date = "Sun, 06 Nov 1994 08:59:37 GMT"; // at(600)
        let told = |now| clock(date, now).map(|finding| finding.message().to_owned());
        assert_eq!(told(at(600)), None);
        assert_eq!((told(at(480)), told(at(720))), (None, None));
        let of = |words: &str| Some(format!("this machine's clock is {words} that of the other side"));
        assert_eq!(told(at(0)), of("10 minutes behind"));
        assert_eq!(told(at(600 + 3600)), of("60 minutes ahead of"));
        assert_eq!(clock("yesterday", at(0)), None);
    }
}
