//! `Stats`: the ledger of every span.

use super::exporter::ExporterStats;
use super::logs::LogStats;
use super::metric;
use super::rows::{Reason, Rows, reason};
use super::tail::TailStats;
use crate::export::Signal;
use crate::record::Recorder;
use crate::tail::TailCounts;
use crate::worker::{LaneCounts, Ledger};
use std::sync::atomic::Ordering;

/// Why something was refused.
pub(super) const MEMORY: Reason = reason("queue_full", "memory");
pub(super) const QUEUE: Reason = reason("queue_full", "queue");
pub(super) const SHUTDOWN: Reason = reason("already_shutdown", "shutdown");
const ID_REUSED: Reason = reason("id_reused", "id_reused");

/// What became of every span and log record, at one moment. Made by [`Guard::stats`](crate::Guard::stats).
///
/// It balances: `started = open + unsampled + refused + held + tail_dropped + finished`, and for each exporter
/// `finished + adopted = queued + in_flight + spooled + exported + rejected + dropped`; so do the log records. Exactly when the program is still; while it runs
/// it is off by at most the calls that are in progress.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Spans that were started and passed the spans' own filter.
    pub started: u64,
    /// Spans that are open now.
    pub open: u64,
    /// Spans that were closed and not sampled.
    pub unsampled: u64,
    /// Spans that were refused.
    pub refused: Refused,
    /// Spans that were closed and wait for the decision of the tail ([`Builder::tail`](crate::Builder::tail)).
    pub held: u64,
    /// Spans that it has dropped, as it was told to.
    pub tail_dropped: u64,
    /// Spans that were closed and recorded, and kept by the tail, if there is one.
    pub finished: u64,
    /// Spans that were still open at shutdown, before the tail.
    pub unfinished: u64,
    /// Spans, before the tail, that lost attributes, events or links to [`Limits`](crate::Limits), or to the memory bound.
    pub truncated: u64,
    /// Bytes in use, out of [`queue_bytes`](crate::Builder::queue_bytes).
    pub bytes: u64,
    /// Finished spans and log records that lie in memory although there is a spool: there was no room on disk, or they are
    /// longer than 64 KiB.
    pub unspooled: u64,
    /// How often the worker, or a part of it, was started again after a panic of its own. Panics of exporters are none:
    /// they are caught where these are called, see [`Dropped::panic`](crate::Dropped::panic).
    pub restarts: u64,
    /// What became of the finished spans at each exporter.
    pub exporters: Vec<ExporterStats>,
    /// Log records (see [`Events`](crate::Events)).
    pub logs: LogStats,
    /// How the tail has decided, if there is one.
    pub tail: Option<TailStats>,
}

/// Why spans were refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The memory bound was reached.
    pub memory: u64,
    /// `OTEL_BSP_MAX_QUEUE_SIZE` of them waited or were under way.
    pub queue: u64,
    /// They were started or closed after the shutdown.
    pub shutdown: u64,
    /// Their id was given to another span before they were closed.
    pub id_reused: u64,
}

// === impl Stats ===

impl Stats {
    pub(crate) fn new(
        recorder: &Recorder,
        lanes: &[(&Ledger, LaneCounts)],
        tail: Option<TailCounts>,
    ) -> Stats {
        let (counts, open) = recorder.counts();
        let spans = Sifted::new(counts.finished, tail.as_ref(), Signal::Traces);
        let logs = Sifted::new(counts.logs.finished, tail.as_ref(), Signal::Logs);
        let finished = spans.passed;
        let of = |signal, finished| {
            let lanes = lanes.iter().filter(move |(ledger, _)| ledger.signal == signal);
            lanes.map(move |(ledger, lane)| ExporterStats::new(&ledger.name, lane, finished)).collect()
        };
        Stats {
            started: counts.started,
            open,
            unsampled: counts.unsampled,
            refused: Refused {
                memory: counts.refused_memory + spans.refused,
                queue: counts.refused_queue,
                shutdown: counts.refused_shutdown,
                id_reused: counts.lost_ids,
            },
            held: spans.held,
            tail_dropped: spans.dropped,
            finished,
            unfinished: counts.unfinished,
            truncated: counts.truncated,
            bytes: recorder.spares.memory.used() as u64,
            unspooled: recorder.spares.spool().map_or(0, |pool| pool.unspooled()),
            restarts: recorder.restarts.load(Ordering::Relaxed),
            exporters: of(Signal::Traces, finished),
            logs: LogStats::new(counts.logs, logs, of(Signal::Logs, logs.passed)),
            tail: tail.as_ref().map(TailStats::new),
        }
    }

    /// Whether every started span and every log record is accounted for.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        let spans =
            self.open + self.unsampled + self.refused.total() + self.held + self.tail_dropped + self.finished;
        self.started == spans
            && self.exporters.iter().all(|exporter| exporter.is_balanced(self.finished))
            && self.logs.is_balanced()
    }

    /// Lists all counts.
    pub(super) fn list(&self, rows: &mut Rows) {
        let Refused { memory, queue, shutdown, id_reused } = self.refused;
        rows.of(Signal::Traces);
        rows.add(&metric::STARTED, "spans started", self.started);
        rows.add(&metric::LIVE, "  open", self.open);
        rows.add(&metric::UNSAMPLED, "  unsampled", self.unsampled);
        rows.because(&metric::PROCESSED, &MEMORY, "  refused: memory", memory);
        rows.because(&metric::PROCESSED, &QUEUE, "  refused: queue", queue);
        rows.because(&metric::PROCESSED, &SHUTDOWN, "  refused: after shutdown", shutdown);
        rows.because(&metric::PROCESSED, &ID_REUSED, "  refused: id reused", id_reused);
        if self.tail.is_some() {
            rows.add(&metric::HELD, "  held", self.held);
            rows.add(&metric::TAIL_DROPPED, "  dropped by the tail", self.tail_dropped);
        }
        rows.add(&metric::FINISHED, "  finished", self.finished);
        rows.add(&metric::UNFINISHED, "    still open at shutdown", self.unfinished);
        rows.add(&metric::TRUNCATED, "    truncated", self.truncated);
        ExporterStats::list_all(&self.exporters, rows);
        if self.logs != LogStats::default() {
            self.logs.list(self.tail.is_some(), rows);
        }
        rows.of(Signal::Traces);
        if let Some(tail) = &self.tail {
            tail.list(rows);
        }
        rows.of(Signal::Traces);
        rows.add(&metric::UNSPOOLED, "not in the spool", self.unspooled);
        rows.add(&metric::RESTARTS, "worker restarts", self.restarts);
        rows.add(&metric::MEMORY, "bytes in use", self.bytes);
    }
}

// === impl Refused ===

impl Refused {
    /// All refused spans.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.memory + self.queue + self.shutdown + self.id_reused
    }
}

/// What became of what was framed, where there may be a tail.
#[derive(Clone, Copy)]
pub(super) struct Sifted {
    pub(super) passed: u64,
    pub(super) held: u64,
    pub(super) dropped: u64,
    pub(super) refused: u64,
}

// === impl Sifted ===

impl Sifted {
    /// The counts of the tail were read before the number of frames: what is missing there is held.
    fn new(framed: u64, tail: Option<&TailCounts>, signal: Signal) -> Sifted {
        let Some(tail) = tail else { return Sifted { passed: framed, held: 0, dropped: 0, refused: 0 } };
        let at = signal as usize;
        Sifted {
            passed: tail.passed[at],
            held: framed.saturating_sub(tail.settled(signal)),
            dropped: tail.dropped[at],
            refused: tail.refused[at],
        }
    }
}
