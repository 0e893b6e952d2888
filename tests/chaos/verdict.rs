//! The ledger against what the collector noted, span by span.

use crate::collector::{Collector, Fate, TIMEOUT};
use std::time::Duration;
use throughline::Stats;

/// An answer that took longer may have come too late to be heard, on a machine that is busy.
const DOUBTFUL: Duration = TIMEOUT.checked_div(5).expect("not by zero");

/// How many spans came to what, as the collector says.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Taken in the last request that they were in, and the exporter was told.
    pub(crate) taken: u64,
    /// Of those: so late that it may not have heard it.
    pub(crate) doubtful: u64,
    pub(crate) refused: u64,
    /// Neither: they never came, or the exporter was not told of a success.
    pub(crate) neither: u64,
    /// Taken more than once, which only an answer that was lost allows.
    pub(crate) doubled: u64,
}

/// Goes through the spans with the ids 1 to `count`.
pub(crate) fn judge(collector: &Collector, count: u64) -> Verdict {
    let (fates, mut verdict) = (collector.fates(), Verdict::default());
    assert!(fates.len() as u64 <= count, "spans arrived that nobody made");
    for id in 1..=count {
        let of_span = fates.get(&id.to_be_bytes()[..]).map_or(&[][..], Vec::as_slice);
        if let Some((last, before)) = of_span.split_last() {
            for fate in before {
                let allowed = match fate {
                    Fate::Taken(after) | Fate::Refused(after) => *after > DOUBTFUL,
                    Fate::TakenUnheard | Fate::NotTaken => true,
                };
                assert!(allowed, "span {id} was sent again after {fate:?}: {of_span:?}");
            }
            match last {
                Fate::Taken(after) => {
                    verdict.taken += 1;
                    verdict.doubtful += u64::from(*after > DOUBTFUL);
                }
                Fate::Refused(_) => verdict.refused += 1,
                Fate::TakenUnheard | Fate::NotTaken => verdict.neither += 1,
            }
        } else {
            verdict.neither += 1;
        }
        let taken = |fate: &&Fate| matches!(fate, Fate::Taken(_) | Fate::TakenUnheard);
        verdict.doubled += u64::from(of_span.iter().filter(taken).count() > 1);
    }
    verdict
}

/// The ledger says the same.
pub(crate) fn agree(stats: &Stats, verdict: &Verdict) {
    let [row] = &stats.exporters[..] else { panic!("{stats}") };
    assert!(stats.is_balanced(), "{stats}");
    assert_eq!((stats.open, stats.unsampled, stats.refused.total()), (0, 0, 0), "{stats}");
    assert_eq!((row.queued, row.in_flight), (0, 0), "{stats}");
    assert_eq!(row.rejected, verdict.refused, "{verdict:?}\n{stats}");
    assert!(
        (verdict.taken - verdict.doubtful..=verdict.taken).contains(&row.exported),
        "{verdict:?}\n{stats}"
    );
    let told = row.exported + row.rejected + row.dropped.retries;
    assert_eq!(told, stats.finished, "dropped for no other reason: {stats}");
}
