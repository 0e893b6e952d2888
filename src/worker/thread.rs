//! The worker's thread.

use super::backoff::Waits;
use super::commands::Commands;
use super::herald::{Herald, Tone};
use super::lane::{Bounds, Lane, Share};
use super::lane_handle::LaneHandle;
use super::ledger::Ledger;
use super::losses::Losses;
use super::occupied::Occupied;
use super::restarts::Restarts;
use super::run::Worker;
use super::spooling;
use super::started::Started;
use crate::error::Error;
use crate::export::{BoxFuture, Exporter, Signal, Taker, takers};
use crate::record::{Recorder, caught, local};
use crate::sampler::keep_told;
use crate::spool::TakerId;
use crate::tail::{Stage, Tail, TailLedger};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// The name of the worker's thread.
const NAME: &str = "throughline";
/// Threads for name look-ups, and for exporters that block.
const BLOCKING_THREADS: usize = 16;
/// They end after so long without work.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// What the worker is started with.
pub(crate) struct WorkerConfig {
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) herald: Arc<Herald>,
    /// Goes on beside the lanes, and ends with them.
    pub(crate) at_start: Option<BoxFuture<'static, ()>>,
    pub(crate) exporters: Vec<Arc<dyn Exporter>>,
    /// By signal.
    pub(crate) delays: [Duration; Signal::ALL.len()],
    pub(crate) request_bytes: usize,
    /// By signal.
    pub(crate) request_records: [usize; Signal::ALL.len()],
    /// By signal.
    pub(crate) retry_for: [Duration; Signal::ALL.len()],
    pub(crate) waits: Waits,
    /// What waits on disk for longer is given up.
    pub(crate) max_age: Duration,
    /// So many requests of an exporter are under way at once.
    pub(crate) requests_in_flight: usize,
    pub(crate) tail: Option<Tail>,
    /// Said in the log once there is one.
    pub(crate) warnings: Vec<String>,
    /// What was taken from where, for the debug level.
    pub(crate) settings: Vec<String>,
}

/// Starts the worker.
pub(crate) fn start(config: WorkerConfig) -> Result<Started, Error> {
    let runtime = runtime().map_err(Error::worker)?;
    let (commands, received) = Commands::channel();
    let herald = Arc::clone(&config.herald);
    let occupied = Arc::new(Occupied::default());
    let lanes = lanes(&config, &occupied)?;
    config.warnings.into_iter().for_each(|warning| herald.say(Tone::Warn, warning));
    config.settings.into_iter().for_each(|setting| herald.say(Tone::Debug, setting));
    let handles: Vec<_> = lanes.iter().map(|lane| LaneHandle::new(Arc::clone(lane))).collect();
    let ledgers = lanes.iter().map(|lane| Arc::clone(&lane.ledger)).collect();
    let (at_once, request_bytes) = (config.requests_in_flight.max(1), config.request_bytes);
    let request_records = config.request_records;
    let (recorder, speaker) = (Arc::clone(&config.recorder), Arc::clone(&herald));
    let spooled = handles.clone();
    let sampler = Arc::clone(&config.recorder.sampler);
    let service = config.recorder.config.identity.service.clone().unwrap_or_default();
    let told = keep_told(sampler, service, Arc::clone(&herald));
    let tail = config.tail.as_ref().map(|_| Arc::new(TailLedger::default()));
    let stage = config.tail.zip(tail.clone());
    let stage = stage.map(|(tail, ledger)| Stage::new(tail, &config.recorder.spares, ledger));
    let worker = Worker {
        recorder: config.recorder,
        commands: received,
        lanes: handles,
        herald,
        delays: config.delays,
        request_bytes: config.request_bytes,
        request_records: config.request_records,
        collected: Vec::new(),
        tail: stage.map(Box::new),
        relief: Instant::now(),
        ending: false,
        losses: Losses::default(),
    };
    let (alive, ended) = sync_channel(0);
    let heard = Arc::downgrade(&speaker);
    let thread = std::thread::Builder::new().name(NAME.to_owned()).spawn(move || {
        local::with(local::Local::mute);
        // What is the program's ends with the runtime: its exporters and their futures.
        caught(|| {
            runtime.block_on(async {
                for lane in lanes.iter().flat_map(|lane| std::iter::repeat_n(lane, at_once)) {
                    let restarts = Restarts::new(&recorder, &speaker);
                    drop(tokio::spawn(Arc::clone(lane).run(restarts)));
                }
                drop(lanes);
                spooling::start(&recorder, &speaker, spooled, request_bytes, request_records);
                config.at_start.map(tokio::spawn);
                // Ends with the runtime.
                tokio::spawn(told);
                worker.run().await;
            });
            recorder.dismiss();
            // A name look-up that hangs must not keep the thread.
            runtime.shutdown_background();
        });
        drop::<std::sync::mpsc::SyncSender<()>>(alive);
    });
    let mut started = Started::new(commands, thread.map_err(Error::worker)?, ended, ledgers, occupied, heard);
    started.tail = tail;
    Ok(started)
}

/// One for each exporter and signal that it takes. Each has a share of the memory, so that one exporter that stands still
/// leaves room for what goes to the others (DESIGN D7).
fn lanes(config: &WorkerConfig, occupied: &Arc<Occupied>) -> Result<Vec<Arc<Lane>>, Error> {
    let named = takers(&config.exporters).ok_or_else(Error::exporter_panicked)?;
    let ids = TakerId::of_all(named.iter().map(|it| (it.signal, it.name.as_str())));
    let (memory, spooled) = (config.recorder.config.queue_bytes, config.recorder.spares.spool().is_some());
    let share = Share {
        bytes: if spooled { memory / (named.len().max(3) + 1) } else { usize::MAX },
        // A single one may have all there is: then the recorder refuses what is too much.
        most: if named.len() > 1 { memory / 2 } else { usize::MAX },
    };
    let marked = config.recorder.spares.spool().map(|pool| pool.takers()).unwrap_or_default();
    let lane = |(at, Taker { exporter, signal, name }): (usize, Taker<'_>)| {
        let bounds = Bounds {
            retry_for: config.retry_for[signal as usize],
            max_age: config.max_age,
            waits: config.waits,
        };
        Lane::new(
            Arc::clone(exporter),
            Ledger::new(signal, &name),
            // What it is called may have changed since.
            ids.get(at).and_then(|id| marked.iter().position(|it| it == id)),
            Arc::clone(&config.herald),
            bounds,
            share,
            Arc::clone(occupied),
        )
    };
    Ok(named.into_iter().enumerate().map(lane).collect())
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_keep_alive(KEEP_ALIVE)
        .thread_name(NAME)
        .on_thread_start(|| {
            local::with(local::Local::mute);
        })
        .build()
}
