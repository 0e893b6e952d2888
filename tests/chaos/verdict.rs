//! The ledger against what the collector noted, span by span and record by record.

use crate::collector::{Collector, Fate, TIMEOUT};
use std::time::Duration;
use throughline::ExporterStats;

/// An answer that took longer may have come too late to be heard, on a machine that is busy.
const DOUBTFUL: Duration = TIMEOUT.checked_div(5).expect("not by zero");

/// How many spans, or log records, came to what, as the collector says.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Came at all.
    pub(crate) seen: u64,
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

/// Goes through what was made, by the names that the collector notes it under.
pub(crate) fn judge(collector: &Collector, made: impl Iterator<Item = Vec<u8>>) -> Verdict {
    let (fates, mut verdict) = (collector.fates(), Verdict::default());
    for name in made {
        let of_item = fates.get(&name).map_or(&[][..], Vec::as_slice);
        if let Some((last, before)) = of_item.split_last() {
            verdict.seen += 1;
            for fate in before {
                let allowed = match fate {
                    Fate::Taken(after) | Fate::Refused(after) => *after > DOUBTFUL,
                    Fate::TakenUnheard | Fate::NotTaken => true,
                };
                assert!(allowed, "{name:?} was sent again after {fate:?}: {of_item:?}");
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
        verdict.doubled += u64::from(of_item.iter().filter(taken).count() > 1);
    }
    verdict
}

/// The ledger says the same, at the only exporter of a signal.
pub(crate) fn agree(finished: u64, row: &ExporterStats, verdict: &Verdict) {
    assert_eq!((row.queued, row.in_flight), (0, 0), "{row:?}");
    assert_eq!(row.rejected, verdict.refused, "{verdict:?}\n{row:?}");
    let exported = verdict.taken - verdict.doubtful..=verdict.taken;
    assert!(exported.contains(&row.exported), "{verdict:?}\n{row:?}");
    let told = row.exported + row.rejected + row.dropped.retries;
    assert_eq!(told, finished, "dropped for no other reason: {row:?}");
}
