//! `StatsReader`: reads the ledger, wherever the guard is.

use super::otlp::{self, Frame};
use super::stats::Stats;
use crate::record::Recorder;
use crate::resource::Origin;
use crate::wire::put_resource;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// Reads what became of every span and log record, from anywhere in the program: for a handler of `/metrics`, say. Made
/// by [`Guard::stats_reader`](crate::Guard::stats_reader); cheap to clone, and good beyond the guard's end.
///
/// ```
/// # fn serve(guard: &throughline::Guard) {
/// let reader = guard.stats_reader();
/// let metrics = move || reader.stats().to_prometheus();
/// # let _ = metrics();
/// # }
/// ```
#[derive(Clone)]
pub struct StatsReader {
    recorder: Arc<Recorder>,
    origin: Arc<Origin>,
}

// === impl StatsReader ===

impl StatsReader {
    pub(crate) fn new(recorder: Arc<Recorder>, origin: Arc<Origin>) -> Self {
        StatsReader { recorder, origin }
    }

    /// What became of every span until now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        if self.recorder.config.passes_on {
            return Stats::default();
        }
        // The lanes first: what they have received was finished before, so the recorder's counts have it too.
        let ledgers = self.recorder.worker.get().map_or(&[][..], |worker| &worker.ledgers);
        let lanes: Vec<_> = ledgers.iter().map(|ledger| (&**ledger, ledger.counts())).collect();
        // For the same reason the tail before the shards.
        let tail =
            self.recorder.worker.get().and_then(|worker| worker.tail.as_ref()).map(|tail| tail.counts());
        Stats::new(&self.recorder, &lanes, tail)
    }

    /// The same as OTLP metrics: the body (protobuf) of a request that a collector takes at `/v1/metrics`.
    ///
    /// Cumulative sums since the layer was built, or since the `fork` that this process began with, and with the resource
    /// of its spans; names, units and attributes as [`Stats::to_prometheus`] tells, with dots: `otel.sdk.span.started`,
    /// `otel.component.name`, `error.type`.
    #[must_use]
    pub fn to_otlp(&self) -> Vec<u8> {
        let mut resource = Vec::new();
        put_resource(&mut resource, self.origin.here(&self.recorder));
        let since_unix_nanos = unix_nanos(self.recorder.since);
        // A clock that was put back must not end what is counted before it began.
        let now_unix_nanos = unix_nanos(SystemTime::now()).max(since_unix_nanos);
        otlp::request(&self.stats(), Frame { resource: &resource, since_unix_nanos, now_unix_nanos })
    }
}

impl fmt::Debug for StatsReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatsReader").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

/// A time before 1970 is none.
fn unix_nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
