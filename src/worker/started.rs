//! `Started`: a worker that runs, as others see it. They keep their deadlines themselves, whatever the worker does.

use super::alarms::{Alarm, Alarms};
use super::commands::{Commands, Reply};
use super::herald::{Herald, Tone};
use super::ledger::Ledger;
use super::occupied::Occupied;
use crate::error::Error;
use crate::record::local;
use crate::tail::TailLedger;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A deadline of a shutdown is cut to this: an instant cannot be told from any duration.
const LONGEST_DEADLINE: Duration = Duration::from_secs(365 * 24 * 3600);
/// What the worker may need to answer once its own deadline has passed.
pub(crate) const GRACE: Duration = Duration::from_millis(100);

/// A worker that runs, or has run.
pub(crate) struct Started {
    commands: Commands,
    stage: Mutex<Stage>,
    /// A shutdown is over.
    over: Condvar,
    /// In the order of the exporters, one for each signal that it takes.
    pub(crate) ledgers: Vec<Arc<Ledger>>,
    /// Of the tail, if there is one.
    pub(crate) tail: Option<Arc<TailLedger>>,
    occupied: Arc<Occupied>,
    alarms: Alarms,
    /// Ends with the worker.
    herald: Weak<Herald>,
}

/// How far the worker has come.
enum Stage {
    Runs(Thread),
    /// Somebody shuts it down.
    Ends,
    Over,
}

/// The worker's thread, and what is closed when nothing of it is left to wait for.
struct Thread(JoinHandle<()>, Receiver<()>);

// === impl Started ===

impl Started {
    pub(super) fn new(
        commands: Commands,
        thread: JoinHandle<()>,
        ended: Receiver<()>,
        ledgers: Vec<Arc<Ledger>>,
        occupied: Arc<Occupied>,
        herald: Weak<Herald>,
    ) -> Self {
        let stage = Mutex::new(Stage::Runs(Thread(thread, ended)));
        let (over, alarms) = (Condvar::new(), Alarms::default());
        Started { commands, stage, over, ledgers, tail: None, occupied, alarms, herald }
    }

    /// Delivers what was finished before the call, and waits for it.
    pub(crate) fn flush(&self, deadline: Duration) -> Result<(), Error> {
        let answer = self.ask(deadline.saturating_add(GRACE), |reply| self.commands.flush(deadline, reply));
        answer.unwrap_or_else(|| Err(self.timeout("flush", deadline)))
    }

    /// As [`flush`](Self::flush), without waiting. The alarm answers at the deadline, if the worker does not.
    pub(crate) fn begin_flush(
        &self,
        deadline: Duration,
        answer: impl Fn(Result<(), Error>) + Send + Sync + 'static,
    ) -> Option<Alarm> {
        let answer = Arc::new(answer);
        // Only the worker keeps what is answered: if it is gone, whoever waits has to know.
        let (late, occupied) = (Arc::downgrade(&answer), Arc::downgrade(&self.occupied));
        self.commands.flush(deadline, Reply::new(move |result| answer(result)));
        self.alarms.set(deadline.saturating_add(GRACE), move || {
            let reason = occupied.upgrade().and_then(|occupied| occupied.reason());
            late.upgrade().into_iter().for_each(|answer| {
                answer(Err(Error::timeout("flush", deadline, reason.as_deref())));
            });
        })
    }

    /// Ends the worker, and waits for that; also where somebody else ends it already: whoever returns from here may end
    /// the process.
    pub(crate) fn shut_down(&self, deadline: Duration) -> Result<(), Error> {
        let deadline = deadline.min(LONGEST_DEADLINE);
        let mut stage = self.stage();
        let before = std::mem::replace(&mut *stage, Stage::Ends);
        let Stage::Runs(thread) = before else {
            *stage = before;
            let ends = |stage: &mut Stage| matches!(stage, Stage::Ends);
            drop(self.over.wait_timeout_while(stage, deadline, ends));
            return Err(Error::shut_down());
        };
        drop(stage);
        let result = self.end(thread, deadline);
        *self.stage() = Stage::Over;
        self.over.notify_all();
        result
    }

    fn end(&self, Thread(thread, ended): Thread, deadline: Duration) -> Result<(), Error> {
        let end = Instant::now() + deadline;
        let answer = self.ask(deadline + GRACE, |reply| self.commands.shutdown(end, reply));
        // Exporters of the program end with the thread, and may take their time.
        let left = (end + GRACE).saturating_duration_since(Instant::now());
        if let Err(RecvTimeoutError::Disconnected) = ended.recv_timeout(left) {
            let _ = thread.join();
        }
        answer.unwrap_or_else(|| {
            let error = self.timeout("shutdown", deadline);
            // On whatever thread this is: what is said here is not to be recorded.
            let say =
                || self.herald.upgrade().into_iter().for_each(|it| it.say(Tone::Warn, error.to_string()));
            local::with(|local| local.muted(say));
            Err(error)
        })
    }

    /// Ends the worker as soon as it can; nobody waits.
    pub(crate) fn abandon(&self) {
        self.commands.shutdown(Instant::now(), Reply::new(|_| {}));
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a command and waits for its reply; `None` if there is none in time.
    fn ask(&self, longest: Duration, send: impl FnOnce(Reply)) -> Option<Result<(), Error>> {
        let (sender, receiver) = sync_channel(1);
        send(Reply::new(move |result| {
            let _ = sender.send(result);
        }));
        match receiver.recv_timeout(longest) {
            Ok(result) => Some(result),
            Err(RecvTimeoutError::Timeout) => None,
            // The reply was dropped unanswered.
            Err(RecvTimeoutError::Disconnected) => Some(Err(Error::shut_down())),
        }
    }

    fn timeout(&self, what: &str, deadline: Duration) -> Error {
        Error::timeout(what, deadline, self.occupied.reason().as_deref())
    }
}
