//! `Era`: the part of a recorder that belongs to one process.
//!
//! After a `fork` the child has copies of all locks in the state in which other threads had them, and copies of all that
//! was recorded and is the parent's to deliver. So it goes on with an era of its own. That is made before the fork, where
//! memory may be allocated and locks may be taken; in the child nothing is left but to put it in place.

use super::caught::caught;
use super::local::{self, Local};
use super::recorder::{Config, Recorder};
use super::registered;
use super::shard::Shards;
use super::usage::Usage;
use crate::buffer::queue::Queue;
use crate::buffer::segment::Spares;
use crate::error::Error;
use crate::export::Signal;
use crate::sampler::Current;
use crate::wire::Resource;
use crate::worker::Started;
use std::io::{Write, stderr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;
use tokio::sync::Notify;

/// Starts a worker for a recorder.
pub(crate) type Hire = Arc<dyn Fn(&Arc<Recorder>) -> Result<Started, Error> + Send + Sync>;

/// What a recorder has in one process.
pub(crate) struct Era {
    pub(crate) shards: Shards,
    pub(crate) spares: Arc<Spares>,
    /// By signal.
    pub(super) queues: [Queue; Signal::ALL.len()],
    /// Spans that were not left as they were entered.
    pub(crate) usage: Usage,
    pub(crate) sampler: Arc<Current>,
    /// Wakes the worker.
    pub(crate) wake: Notify,
    /// Who delivers. Empty where nothing is delivered, and in the child of a fork as long as that records nothing.
    pub(crate) worker: OnceLock<Started>,
    /// How often the worker, or a part of it, was started again after a panic.
    pub(crate) restarts: AtomicU64,
    /// What counts has been counted since then.
    pub(crate) since: SystemTime,
    /// In the child of a fork: its resource, once somebody has asked for it.
    pub(crate) renewed: OnceLock<Resource>,
    /// In the child of a fork: the first span starts a worker.
    unattended: AtomicBool,
    hire: Mutex<Option<Hire>>,
}

// === impl Era ===

impl Era {
    /// With somebody to hire, it is that of a forked process.
    pub(super) fn new(config: &Config, sampler: Current, hire: Option<Hire>) -> Era {
        Era {
            sampler: Arc::new(sampler),
            shards: Shards::new(),
            spares: Spares::new(config.queue_bytes, config.queue_records),
            queues: Default::default(),
            usage: Usage::default(),
            wake: Notify::new(),
            worker: OnceLock::new(),
            restarts: AtomicU64::new(0),
            since: SystemTime::now(),
            renewed: OnceLock::new(),
            unattended: AtomicBool::new(hire.is_some()),
            hire: Mutex::new(hire),
        }
    }

    /// Notes who works, and how another is started in the child of a fork.
    pub(crate) fn employ(&self, worker: Started, hire: Hire) {
        let _ = self.worker.set(worker);
        *self.hire.lock().unwrap_or_else(PoisonError::into_inner) = Some(hire);
    }

    /// Nobody is to be started any more. What that would have taken is given up.
    pub(crate) fn dismiss(&self) {
        let hire = self.hire.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Exporters of the program may end here, and not under the lock.
        caught(|| drop(hire));
    }

    fn hire(&self) -> Option<Hire> {
        self.hire.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Era {
    fn drop(&mut self) {
        for shard in self.shards.all() {
            shard.lock().dissolve(&self.spares);
        }
    }
}

// === impl Recorder ===

impl Recorder {
    /// What a child that is forked off by this thread goes on with: nothing but the ids of the spans that the thread is
    /// in, so that what it begins there hangs under them. The spans themselves stay the parent's.
    pub(super) fn next_era(&self) -> Box<Era> {
        let hire = if self.is_closed() { None } else { self.hire() };
        let era = Era::new(&self.config, self.sampler.again(), hire);
        local::with(|local| (0..local.depth()).for_each(|at| self.hand_down(local, at, &era)));
        Box::new(era)
    }

    fn hand_down(&self, local: &Local, at: usize, era: &Era) {
        let Some((entered, _)) = local.entered_at(at).filter(|(it, _)| it.instance == self.instance) else {
            return;
        };
        let copy = {
            let mut shard = self.shards.of(entered.id);
            shard.find(entered.id, entered.cell.slot()).map(|span| span.without_content())
        };
        if let Some(span) = copy {
            era.shards.of(entered.id).inherit_exported(entered.id, span, local.address(), &era.spares);
        }
    }

    /// A span or a log record is about to be recorded: in the child of a fork, somebody has to deliver it.
    #[inline]
    pub(super) fn attend(&self) {
        if self.unattended.load(Ordering::Relaxed) {
            self.start_worker();
        }
    }

    /// Starts the worker of a forked process, once. It takes as long as starting a thread.
    #[cold]
    fn start_worker(&self) {
        if !self.unattended.swap(false, Ordering::Relaxed) {
            return;
        }
        let ours = registered::find(|recorder| std::ptr::eq(recorder, self));
        let Some((ours, hire)) = ours.zip(self.hire()) else { return };
        // What the program's exporters say when they are asked for their names is not recorded.
        let hired = local::with(|local| local.muted(|| caught(|| hire(&ours)))).flatten();
        match hired {
            Some(Ok(worker)) => {
                let _ = self.worker.set(worker);
                // A shutdown may have come in between, and found nobody.
                if self.is_closed() {
                    self.worker.get().into_iter().for_each(Started::abandon);
                }
            }
            failed => {
                self.close_down();
                let reason = failed.map_or("an exporter panicked".to_owned(), |it| {
                    it.err().map_or_else(String::new, |error| error.to_string())
                });
                // There is nobody to say it in the log.
                let _ = writeln!(
                    stderr(),
                    "throughline: nothing is recorded in the forked process {}: {reason}",
                    std::process::id()
                );
            }
        }
        #[cfg(unix)]
        if self.on_signal.get().is_some() {
            let _ = crate::signals::watch();
        }
    }
}
