//! How a lane ends a batch: counted, and told.

use super::herald::Tone;
use super::lane::Lane;
use crate::export::{Batch, Outcome};
use std::sync::atomic::Ordering;

// === impl Lane ===

impl Lane {
    /// Counts what became of a batch.
    pub(super) fn settle(&self, batch: &Batch, outcome: Option<Outcome>) {
        let spans = batch.len() as u64;
        let mut counts = self.ledger.lock();
        counts.end(spans, batch.spooled_at().is_some());
        let told = match outcome {
            Some(Outcome::Accepted) => {
                counts.exported += spans;
                None
            }
            Some(Outcome::Partial { rejected_spans, message }) => {
                let rejected = rejected_spans.min(spans);
                counts.exported += spans - rejected;
                counts.rejected += rejected;
                let (counted, name) = (self.signal.counted(spans), &self.ledger.name);
                Some(("partial success", format!("{rejected} of {counted} rejected by {name}: {message}")))
            }
            Some(
                Outcome::Rejected { reason } | Outcome::TooLarge { reason } | Outcome::Retry { reason, .. },
            ) => {
                counts.rejected += spans;
                let counted = self.signal.counted(spans);
                Some(("rejected", format!("{counted} rejected, not to be sent again: {reason}")))
            }
            None => {
                counts.dropped_panic += spans;
                let (counted, name) = (self.signal.counted(spans), &self.ledger.name);
                Some(("panic", format!("the exporter {name} panicked; {counted} dropped")))
            }
        };
        // A layer of the program that hears it may ask for the counts.
        drop(counts);
        if let Some((kind, text)) = told {
            self.herald.tell(kind, Tone::Warn, || text);
        }
        // Relaxed: what is told is told by tasks of one thread.
        if self.failing.swap(false, Ordering::Relaxed) {
            self.herald.over("unreachable");
            self.herald.say(
                Tone::Info,
                format!("{}: {} are being delivered again", self.ledger.name, self.signal.plural()),
            );
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
        self.herald.tell("unreachable", Tone::Warn, text);
    }

    pub(super) fn dropped(&self, spans: u64, reason: &str) {
        let mut counts = self.ledger.lock();
        counts.end(spans, false);
        counts.dropped_retries += spans;
        drop(counts);
        let text = || {
            let (counted, patience) = (self.signal.counted(spans), self.bounds.retry_for);
            format!("{counted} dropped after {patience:?} of retries: {reason}")
        };
        self.herald.tell("dropped", Tone::Warn, text);
    }

    pub(super) fn too_old(&self, batch: &Batch) {
        let records = batch.len() as u64;
        let mut counts = self.ledger.lock();
        counts.end(records, true);
        counts.dropped_age += records;
        drop(counts);
        let text = || {
            let (counted, age) = (self.signal.counted(records), self.bounds.max_age);
            format!("{counted} dropped that had waited on disk for more than {age:?}")
        };
        self.herald.tell("too old", Tone::Warn, text);
    }

    /// The newest batch was dropped because older ones fill the exporter's share of the memory.
    pub(super) fn told_full(&self, records: u64) {
        let text = || {
            let (counted, name, most) = (self.signal.counted(records), &self.ledger.name, self.share.bytes);
            format!(
                "{counted} dropped: {most} bytes wait for {name} already, which is its share of queue_bytes"
            )
        };
        self.herald.tell("share", Tone::Warn, text);
    }
}
