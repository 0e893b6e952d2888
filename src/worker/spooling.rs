//! What the worker does for the spool: keeps slots ready, and delivers what other processes left behind.

use super::herald::{Herald, Tone};
use super::lane_handle::LaneHandle;
use super::restarts::{Restarts, to_the_end};
use crate::buffer::left::Left;
use crate::buffer::segment::{Segment, Spares};
use crate::export::{Batch, Signal};
use crate::record::Recorder;
use crate::spool::{Leftovers, Pool, extend};
use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

/// The folder is looked at this often, and a file that could not be made is tried again.
const LOOK: Duration = Duration::from_secs(1);
/// What processes left behind that ended in the meantime is looked for this often, and soon after the start, when those
/// before may only just have let go of it.
const SEARCH: Duration = Duration::from_secs(30);
const FIRST_SEARCH: Duration = Duration::from_millis(100);
/// So many batches of other processes wait for an exporter at most: the rest stays on disk.
const WAITING: usize = 1;

/// What delivers that which other processes left behind.
struct Adoption {
    spares: Arc<Spares>,
    pool: Arc<Pool>,
    herald: Arc<Herald>,
    lanes: Vec<LaneHandle>,
    request_bytes: usize,
    /// By signal.
    request_records: [usize; Signal::ALL.len()],
}

/// Begins, if there is a spool; again after a panic.
pub(super) fn start(
    recorder: &Arc<Recorder>,
    herald: &Arc<Herald>,
    lanes: Vec<LaneHandle>,
    request_bytes: usize,
    request_records: [usize; Signal::ALL.len()],
) {
    let Some(pool) = recorder.spares.spool() else { return };
    let restarts = || Restarts::new(recorder, herald);
    let (kept, told) = (Arc::clone(pool), Arc::clone(herald));
    let others = lanes.clone();
    drop(tokio::spawn(again("keeping the spool", restarts(), move || {
        keep(Arc::clone(&kept), Arc::clone(&told), others.clone())
    })));
    let (spares, pool, herald) = (Arc::clone(&recorder.spares), Arc::clone(pool), Arc::clone(herald));
    drop(tokio::spawn(again("reading what was left in the spool", restarts(), move || {
        let adoption = Adoption {
            spares: Arc::clone(&spares),
            pool: Arc::clone(&pool),
            herald: Arc::clone(&herald),
            lanes: lanes.clone(),
            request_bytes,
            request_records,
        };
        adoption.run()
    })));
}

async fn again<F: Future<Output = ()>>(part: &str, mut restarts: Restarts, mut work: impl FnMut() -> F) {
    while to_the_end(work()).await.is_none() {
        if !restarts.next(part).await {
            return;
        }
    }
}

/// Keeps slots ready.
async fn keep(pool: Arc<Pool>, herald: Arc<Herald>, lanes: Vec<LaneHandle>) {
    loop {
        let tended = Arc::clone(&pool);
        let made =
            spawn_blocking(move || tended.tend()).await.expect("tending panics nowhere but where we do");
        lanes.iter().for_each(LaneHandle::shorten);
        match made {
            Ok(()) => {
                herald.over("spool");
                let _ = timeout(LOOK, pool.low.notified()).await;
            }
            Err(error) => {
                let folder = pool.folder().display();
                let text = || {
                    format!(
                        "the spool in {folder} cannot grow: {error}; spans stay in memory where it is full"
                    )
                };
                herald.tell("spool", Tone::Warn, text);
                // There is no use in trying at each slot that is taken.
                sleep(LOOK).await;
            }
        }
    }
}

// === impl Adoption ===

impl Adoption {
    /// Delivers what is left behind in the folder, a little at a time.
    async fn run(self) {
        let mut leftovers = Leftovers::new(self.pool.folder(), self.pool.takers());
        let (request_bytes, mut wait) = (self.request_bytes, FIRST_SEARCH);
        loop {
            let mut found = 0;
            leftovers = blocking(move || {
                leftovers.look();
                leftovers
            })
            .await;
            loop {
                let (read, some) = blocking(move || {
                    let some = leftovers.next_many(request_bytes);
                    (leftovers, some)
                })
                .await;
                leftovers = read;
                for told in leftovers.told.drain(..) {
                    self.herald.tell(&told.clone(), Tone::Warn, || told);
                }
                let Some(signal) = some.first().map(|left| left.signal) else { break };
                found += self.deliver(signal, some).await;
            }
            if found > 0 {
                let text = format!(
                    "{found} spans or log records that other processes had left in {} are being delivered",
                    self.pool.folder().display()
                );
                self.herald.say(Tone::Info, text);
            }
            sleep(wait).await;
            wait = SEARCH.min(2 * wait);
        }
    }

    /// Hands some of it to the lanes of the signal, once they have delivered the rest; how many records. What is owed to no
    /// lane stays where it is, until it is too old.
    async fn deliver(&self, signal: Signal, mut some: Vec<Left>) -> u64 {
        let lanes = || self.lanes.iter().filter(|lane| lane.signal == signal);
        let is_owed = |lane: &LaneHandle, left: &Left| !owed_to(lane, std::slice::from_ref(left)).is_empty();
        for left in &mut some {
            // A lane that was given up takes nothing; that of the next start may.
            left.to_others |= lanes().any(|lane| !lane.adopts() && is_owed(lane, left));
            left.to_others &= !self.pool.is_too_old(left.taken_at);
        }
        let takers = || lanes().filter(|lane| lane.adopts());
        let is_taken = |left: &Left| takers().any(|lane| is_owed(lane, left));
        let (some, for_nobody) = some.into_iter().partition::<Vec<_>, _>(is_taken);
        self.give_up_old(signal, for_nobody);
        if some.is_empty() {
            return 0;
        }
        let owed: Vec<_> = takers().map(|lane| (lane, owed_to(lane, &some))).collect();
        let records = some.iter().map(|left| left.frames as u64).sum();
        let segments = some.into_iter().map(|left| Segment::left(left, Arc::clone(&self.spares))).collect();
        let (batch, most) = (Batch::new(signal, segments), self.request_records[signal as usize]);
        for (lane, frames) in &owed {
            let parts = frames.iter().flat_map(|frames| batch.part(frames.clone()).cut(most, usize::MAX));
            parts.for_each(|part| lane.adopt(part));
        }
        drop(batch);
        for (lane, _) in owed {
            lane.drained(WAITING).await;
        }
        records
    }

    /// Nobody here takes it, and nobody may for long.
    fn give_up_old(&self, signal: Signal, some: Vec<Left>) {
        let mut count = 0;
        for left in some.into_iter().filter(|left| self.pool.is_too_old(left.taken_at)) {
            count += left.frames as u64;
            left.slot.settle();
        }
        if count > 0 {
            let folder = self.pool.folder().display().to_string();
            self.herald.lost("left for nobody", count, move |count| {
                let count = signal.counted(count);
                format!("{count} that another process had left in {folder} dropped: too old, and no exporter here takes them")
            });
        }
    }
}

/// Runs what waits for the disk on a thread of its own.
async fn blocking<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    spawn_blocking(work).await.expect("reading panics nowhere but where we do")
}

/// Which of the frames, counted through, a lane is owed.
fn owed_to(lane: &LaneHandle, some: &[Left]) -> Vec<Range<usize>> {
    let (mut owed, mut before) = (Vec::new(), 0);
    for left in some {
        let own = lane.number().and_then(|number| left.owed.get(number));
        match own {
            Some(own) => own.iter().for_each(|it| extend(&mut owed, before + it.start..before + it.end)),
            None => extend(&mut owed, before..before + left.frames),
        }
        before += left.frames;
    }
    owed
}
