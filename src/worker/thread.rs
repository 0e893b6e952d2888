//! The worker's thread.

use super::commands::Commands;
use super::herald::{Herald, Tone};
use super::lane::LaneHandle;
use super::ledger::Ledger;
use super::run::Worker;
use crate::error::Error;
use crate::export::{Exporter, Signal};
use crate::record::{Recorder, local};
use crate::tail::{Stage, Tail, TailLedger};
use std::sync::Arc;
use std::thread::JoinHandle;
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
    pub(crate) exporters: Vec<Arc<dyn Exporter>>,
    /// By signal.
    pub(crate) delays: [Duration; Signal::ALL.len()],
    pub(crate) request_bytes: usize,
    /// By signal.
    pub(crate) request_records: [usize; Signal::ALL.len()],
    /// By signal.
    pub(crate) retry_for: [Duration; Signal::ALL.len()],
    pub(crate) tail: Option<Tail>,
    /// Said in the log once there is one.
    pub(crate) warnings: Vec<String>,
    /// What was taken from where, for the debug level.
    pub(crate) settings: Vec<String>,
}

/// A worker that runs.
pub(crate) struct Started {
    pub(crate) commands: Commands,
    pub(crate) thread: JoinHandle<()>,
    /// In the order of the exporters, one for each signal that it takes.
    pub(crate) ledgers: Vec<Arc<Ledger>>,
    pub(crate) tail: Option<Arc<TailLedger>>,
}

/// Starts the worker.
pub(crate) fn start(config: WorkerConfig) -> Result<Started, Error> {
    let runtime = runtime().map_err(Error::worker)?;
    let (commands, received) = Commands::channel();
    let herald = Arc::new(Herald::new(Arc::clone(&config.recorder)));
    config.warnings.into_iter().for_each(|warning| herald.say(Tone::Warn, warning));
    config.settings.into_iter().for_each(|setting| herald.say(Tone::Debug, setting));
    let (mut lanes, mut ledgers, mut handles) = (Vec::new(), Vec::new(), Vec::new());
    for exporter in config.exporters {
        for signal in Signal::ALL.into_iter().filter(|signal| exporter.takes(*signal)) {
            let ledger = Ledger::new(signal, exporter.name());
            ledgers.push(Arc::clone(&ledger));
            let (exporter, herald) = (Arc::clone(&exporter), Arc::clone(&herald));
            let (handle, lane) =
                LaneHandle::new(signal, exporter, ledger, herald, config.retry_for[signal as usize]);
            handles.push(handle);
            lanes.push(lane);
        }
    }
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
    };
    let thread = std::thread::Builder::new().name(NAME.to_owned()).spawn(move || {
        local::with(local::Local::mute);
        runtime.block_on(async {
            lanes.into_iter().for_each(|lane| drop(tokio::spawn(lane.run())));
            worker.run().await;
        });
        // A name look-up that hangs must not keep the thread.
        runtime.shutdown_background();
    });
    Ok(Started { commands, thread: thread.map_err(Error::worker)?, ledgers, tail })
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
