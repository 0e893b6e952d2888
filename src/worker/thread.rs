//! The worker's thread.

use super::commands::Commands;
use super::herald::{Herald, Tone};
use super::lane::LaneHandle;
use super::ledger::Ledger;
use super::occupied::Occupied;
use super::restarts::Restarts;
use super::run::Worker;
use super::started::Started;
use crate::error::Error;
use crate::export::{Exporter, Signal};
use crate::record::{Recorder, caught, local};
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
    pub(crate) exporters: Vec<Arc<dyn Exporter>>,
    /// By signal.
    pub(crate) delays: [Duration; Signal::ALL.len()],
    pub(crate) request_bytes: usize,
    /// By signal.
    pub(crate) request_records: [usize; Signal::ALL.len()],
    /// By signal.
    pub(crate) retry_for: [Duration; Signal::ALL.len()],
    /// Said in the log once there is one.
    pub(crate) warnings: Vec<String>,
    /// What was taken from where, for the debug level.
    pub(crate) settings: Vec<String>,
}

/// Starts the worker.
pub(crate) fn start(config: WorkerConfig) -> Result<Started, Error> {
    let runtime = runtime().map_err(Error::worker)?;
    let (commands, received) = Commands::channel();
    let herald = Arc::new(Herald::new(Arc::clone(&config.recorder)));
    config.warnings.into_iter().for_each(|warning| herald.say(Tone::Warn, warning));
    config.settings.into_iter().for_each(|setting| herald.say(Tone::Debug, setting));
    let occupied = Arc::new(Occupied::default());
    let (mut lanes, mut ledgers, mut handles) = (Vec::new(), Vec::new(), Vec::new());
    for exporter in config.exporters {
        for signal in Signal::ALL {
            let asked = caught(|| exporter.takes(signal).then(|| exporter.name().to_owned()));
            let Some(name) = asked.ok_or_else(Error::exporter_panicked)? else { continue };
            let ledger = Ledger::new(signal, &name);
            ledgers.push(Arc::clone(&ledger));
            let (exporter, herald) = (Arc::clone(&exporter), Arc::clone(&herald));
            let patience = config.retry_for[signal as usize];
            let (handle, lane) =
                LaneHandle::new(signal, exporter, ledger, herald, patience, Arc::clone(&occupied));
            handles.push(handle);
            lanes.push(lane);
        }
    }
    let (recorder, speaker) = (Arc::clone(&config.recorder), Arc::clone(&herald));
    let worker = Worker {
        recorder: config.recorder,
        commands: received,
        lanes: handles,
        herald,
        delays: config.delays,
        request_bytes: config.request_bytes,
        request_records: config.request_records,
        collected: Vec::new(),
        relief: Instant::now(),
        ending: false,
    };
    let (alive, ended) = sync_channel(0);
    let heard = Arc::downgrade(&speaker);
    let thread = std::thread::Builder::new().name(NAME.to_owned()).spawn(move || {
        local::with(local::Local::mute);
        // What is the program's ends with the runtime: its exporters and their futures.
        caught(|| {
            runtime.block_on(async {
                for lane in lanes {
                    drop(tokio::spawn(lane.run(Restarts::new(&recorder, &speaker))));
                }
                worker.run().await;
            });
            recorder.dismiss();
            // A name look-up that hangs must not keep the thread.
            runtime.shutdown_background();
        });
        drop::<std::sync::mpsc::SyncSender<()>>(alive);
    });
    Ok(Started::new(commands, thread.map_err(Error::worker)?, ended, ledgers, occupied, heard))
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
