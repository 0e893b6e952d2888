//! What the worker does for the spool: keeps slots ready, and delivers what other processes left behind.

use super::herald::{Herald, Tone};
use super::lane_handle::LaneHandle;
use crate::buffer::segment::{Segment, Spares};
use crate::export::{Batch, Signal};
use crate::record::Recorder;
use crate::spool::{Left, Leftovers, Pool};
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

/// Begins, if there is a spool.
pub(super) fn start(recorder: &Recorder, herald: &Arc<Herald>, lanes: Vec<LaneHandle>, request_bytes: usize) {
    let Some(pool) = recorder.spares.spool() else { return };
    drop(tokio::spawn(keep(Arc::clone(pool), Arc::clone(herald), lanes.clone())));
    let (spares, pool) = (Arc::clone(&recorder.spares), Arc::clone(pool));
    drop(tokio::spawn(adopt(spares, pool, Arc::clone(herald), lanes, request_bytes)));
}

/// Keeps slots ready.
async fn keep(pool: Arc<Pool>, herald: Arc<Herald>, lanes: Vec<LaneHandle>) {
    let mut failed = false;
    loop {
        if failed {
            // There is no use in trying at each slot that is taken.
            sleep(LOOK).await;
        } else {
            let _ = timeout(LOOK, pool.low.notified()).await;
        }
        let tended = Arc::clone(&pool);
        let Ok(made) = spawn_blocking(move || tended.tend()).await else { return };
        failed = made.is_err();
        match made {
            Ok(()) => herald.over("spool"),
            Err(error) => {
                let folder = pool.folder().display();
                let text = || {
                    format!(
                        "the spool in {folder} cannot grow: {error}; spans stay in memory where it is full"
                    )
                };
                herald.tell("spool", Tone::Warn, text);
            }
        }
        lanes.iter().for_each(LaneHandle::shorten);
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
        let looked = spawn_blocking(move || {
            leftovers.look();
            leftovers
        });
        let Ok(looked) = looked.await else { return };
        leftovers = looked;
        loop {
            let read = spawn_blocking(move || {
                let some = leftovers.next_many(request_bytes);
                (leftovers, some)
            });
            let Ok((read, some)) = read.await else { return };
            leftovers = read;
            leftovers.told.drain(..).for_each(|told| herald.say(Tone::Warn, told));
            let Some(signal) = some.first().map(|left| left.signal) else { break };
            let records = some.iter().map(|left| left.frames as u64).sum::<u64>();
            found += records;
            deliver(signal, some, &spares, &lanes).await;
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

/// Hands some of it to the lanes of the signal, once they have delivered the rest. Without a lane it stays where it is.
async fn deliver(signal: Signal, some: Vec<Left>, spares: &Arc<Spares>, lanes: &[LaneHandle]) {
    let takers = || lanes.iter().filter(|lane| lane.signal == signal);
    if takers().next().is_none() {
        return;
    }
    let segments = some.into_iter().map(|left| Segment::left(left, Arc::clone(spares))).collect();
    let batch = Batch::new(signal, segments);
    takers().for_each(|lane| lane.adopt(batch.clone()));
    drop(batch);
    for lane in takers() {
        lane.drained(WAITING).await;
    }
}
