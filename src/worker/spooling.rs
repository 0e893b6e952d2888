//! What the worker does for the spool: keeps slots ready, and delivers what other processes left behind.

use super::herald::{Herald, Tone};
use super::lane_handle::LaneHandle;
use super::restarts::{Restarts, to_the_end};
use crate::buffer::segment::{Segment, Spares};
use crate::export::{Batch, Signal};
use crate::record::Recorder;
use crate::spool::{Left, Leftovers, Pool};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

/// The folder is looked at this often, and a file that could not be made is tried again.
const LOOK: Duration = Duration::from_secs(1);
/// What processes left behind that ended in the meantime is looked for this often.
const SEARCH: Duration = Duration::from_secs(30);
/// So many batches of other processes wait for an exporter at most: the rest stays on disk.
const WAITING: usize = 1;

/// Begins, if there is a spool; again after a panic.
pub(super) fn start(
    recorder: &Arc<Recorder>,
    herald: &Arc<Herald>,
    lanes: Vec<LaneHandle>,
    request_bytes: usize,
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
        adopt(Arc::clone(&spares), Arc::clone(&pool), Arc::clone(&herald), lanes.clone(), request_bytes)
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

/// Delivers what is left behind in the folder, a little at a time.
async fn adopt(
    spares: Arc<Spares>,
    pool: Arc<Pool>,
    herald: Arc<Herald>,
    lanes: Vec<LaneHandle>,
    request_bytes: usize,
) {
    let mut leftovers = Leftovers::new(pool.folder());
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
                herald.tell(&told.clone(), Tone::Warn, || told);
            }
            let Some(signal) = some.first().map(|left| left.signal) else { break };
            found += deliver(signal, some, &spares, &pool, &lanes).await;
        }
        if found > 0 {
            let text = format!(
                "{found} spans or log records that other processes had left in {} are being delivered",
                pool.folder().display()
            );
            herald.say(Tone::Info, text);
        }
        sleep(SEARCH).await;
    }
}

/// Runs what waits for the disk on a thread of its own.
async fn blocking<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    spawn_blocking(work).await.expect("reading panics nowhere but where we do")
}

/// Hands some of it to the lanes of the signal, once they have delivered the rest; how many records. Without a lane it stays
/// where it is, until it is too old.
async fn deliver(
    signal: Signal,
    some: Vec<Left>,
    spares: &Arc<Spares>,
    pool: &Pool,
    lanes: &[LaneHandle],
) -> u64 {
    let takers = || lanes.iter().filter(|lane| lane.signal == signal && lane.adopts());
    if takers().next().is_none() {
        some.into_iter().filter(|left| pool.is_too_old(left.taken_at)).for_each(|left| left.slot.settle());
        return 0;
    }
    let records = some.iter().map(|left| left.frames as u64).sum();
    let segments = some.into_iter().map(|left| Segment::left(left, Arc::clone(spares))).collect();
    let batch = Batch::new(signal, segments);
    takers().for_each(|lane| lane.adopt(batch.clone()));
    drop(batch);
    for lane in takers() {
        lane.drained(WAITING).await;
    }
    records
}
