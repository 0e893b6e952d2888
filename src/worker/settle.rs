//! How a lane ends a batch: counted, and told.

use super::herald::Tone;
use super::lane::Lane;
use super::ledger::Lies;
use crate::export::{Batch, Outcome};
use std::sync::atomic::Ordering;

// === impl Lane ===

impl Lane {
    /// Counts what became of a batch.
    pub(super) fn settle(&self, batch: &Batch, outcome: Option<Outcome>) {
        let records = batch.len() as u64;
        let rejected = match &outcome {
            Some(Outcome::Accepted) | None => 0,
            Some(Outcome::Partial { rejected_spans, .. }) => records.min(*rejected_spans),
            Some(_) => records,
        };
        let arrives = matches!(outcome, Some(Outcome::Accepted | Outcome::Partial { .. }));
        {
            let mut counts = self.ledger.lock();
            counts.end(records, Lies::of(batch));
            match outcome {
                None => counts.dropped_panic += records,
                Some(_) => {
                    counts.exported += records - rejected;
                    counts.rejected += rejected;
                }
            }
        }
        // What is told runs through the program's own layers: not under the lock, they may ask for the counts.
        self.tell(records, rejected, outcome);
        // Relaxed, here and below: what is told is told by tasks of one thread.
        if arrives {
            self.taken.fetch_add(1, Ordering::Relaxed);
        }
        if arrives && self.failing.swap(false, Ordering::Relaxed) {
            self.herald.over(&self.kind("unreachable"));
            self.herald.say(
                Tone::Info,
                format!("{}: {} are being delivered again", self.ledger.name, self.signal.plural()),
            );
        }
    }

    fn tell(&self, records: u64, rejected: u64, outcome: Option<Outcome>) {
        match outcome {
            Some(Outcome::Accepted) => {}
            Some(Outcome::Partial { message, .. }) if rejected == 0 => {
                let text = || format!("{} took all and warns: {message}", self.ledger.name);
                self.herald.tell(&self.kind("partial success"), Tone::Warn, text);
            }
            Some(Outcome::Partial { message, .. }) => {
                self.lost("rejected in part", rejected, format!("rejected, the rest was taken: {message}"));
            }
            Some(
                Outcome::Rejected { reason } | Outcome::TooLarge { reason } | Outcome::Retry { reason, .. },
            ) => self.lost("rejected", records, format!("rejected, not to be sent again: {reason}")),
            None => self.lost("panic", records, "dropped: the exporter panicked".to_owned()),
        }
    }

    pub(super) fn told_failing(&self, reason: &str) {
        self.failing.store(true, Ordering::Relaxed);
        let text = || {
            format!(
                "{reason}; {} are kept and sent again (is a collector running there?)",
                self.signal.plural()
            )
        };
        self.herald.tell(&self.kind("unreachable"), Tone::Warn, text);
    }

    /// A batch on disk that fails while others are taken is let alone for a while.
    pub(super) fn told_set_aside(&self, records: u64, reason: &str) {
        let text = || {
            let (name, count) = (&self.ledger.name, self.signal.counted(records));
            let every = self.patience();
            format!(
                "{name}: {count} on disk fail again and again while others are taken; they are tried again every {every:?}: \
                 {reason}"
            )
        };
        self.herald.tell(&self.kind("set aside"), Tone::Warn, text);
    }

    pub(super) fn dropped(&self, records: u64, reason: &str) {
        let mut counts = self.ledger.lock();
        counts.end(records, Lies::InMemory);
        counts.dropped_retries += records;
        drop(counts);
        self.lost(
            "dropped",
            records,
            format!("dropped after {:?} of retries: {reason}", self.bounds.retry_for),
        );
    }

    pub(super) fn too_old(&self, batch: &Batch) {
        let records = batch.len() as u64;
        let mut counts = self.ledger.lock();
        counts.end(records, Lies::of(batch));
        counts.dropped_age += records;
        drop(counts);
        let age = self.bounds.max_age;
        self.lost("too old", records, format!("dropped that had waited on disk for more than {age:?}"));
    }

    /// The newest batch was dropped because older ones fill the exporter's share of the memory.
    pub(super) fn told_full(&self, records: u64) {
        self.lost(
            "share",
            records,
            "dropped: as much waits there as its share of queue_bytes allows".to_owned(),
        );
    }

    /// A kind of trouble; each exporter and signal has its own.
    fn kind(&self, kind: &str) -> String {
        format!("{kind}: {} at {}", self.signal, self.ledger.name)
    }

    /// Tells that so many are lost, and why.
    fn lost(&self, kind: &str, count: u64, why: String) {
        let (signal, name) = (self.signal, self.ledger.name.clone());
        self.herald
            .lost(&self.kind(kind), count, move |count| format!("{name}: {} {why}", signal.counted(count)));
    }
}
