//! `Guard`: delivers what has been recorded, and ends the worker.

use crate::error::Error;
use crate::flusher::Flusher;
use crate::record::Recorder;
use crate::stats::Stats;
use crate::tail::TailLedger;
use crate::worker::{Commands, Ledger, Reply, Started};
use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a dropped guard waits.
const DROP_DEADLINE: Duration = Duration::from_secs(5);
/// How long [`Guard::flush_async`] waits.
const ASYNC_DEADLINE: Duration = Duration::from_secs(30);
/// A deadline of a shutdown is cut to this: an instant cannot be told from any duration.
const LONGEST_DEADLINE: Duration = Duration::from_secs(365 * 24 * 3600);
/// What the worker may need to answer once its own deadline has passed.
const GRACE: Duration = Duration::from_millis(100);

/// Keeps the delivery of spans going.
///
/// Keep it until the end of `main`: dropping it delivers what has been recorded, for up to 5 seconds, and stops the
/// worker. Spans that are still open then are delivered as they are, marked `throughline.unfinished`; what happens
/// later is not recorded. At `std::process::exit`, which drops nothing, call [`flush`](Guard::flush) first.
#[must_use = "dropping the guard at once ends the recording"]
pub struct Guard {
    recorder: Arc<Recorder>,
    commands: Option<Commands>,
    ledgers: Vec<Arc<Ledger>>,
    tail: Option<Arc<TailLedger>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

// === impl Guard ===

impl Guard {
    /// Without a worker there is nothing to deliver: recording is switched off.
    pub(crate) fn new(recorder: Arc<Recorder>, worker: Option<Started>) -> Guard {
        let (commands, thread, ledgers, tail) = match worker {
            Some(worker) => (Some(worker.commands), Some(worker.thread), worker.ledgers, worker.tail),
            None => (None, None, Vec::new(), None),
        };
        Guard { recorder, commands, ledgers, tail, thread: Mutex::new(thread) }
    }

    /// Delivers every span that was finished before the call, and returns when that is done, or at the deadline. What waits
    /// for the decision of a [tail](crate::Builder::tail) goes on waiting.
    ///
    /// Works from any thread, in and out of any runtime; it blocks the calling thread.
    ///
    /// # Errors
    ///
    /// [timeout](Error::is_timeout) at the deadline (the spans stay queued); [undelivered](Error::is_undelivered) if
    /// some were rejected or dropped meanwhile; [shut down](Error::is_shut_down) after a shutdown.
    pub fn flush(&self, deadline: Duration) -> Result<(), Error> {
        // Disabled by OTEL_SDK_DISABLED: there is nothing to deliver, which is no failure.
        let Some(commands) = &self.commands else { return Ok(()) };
        wait("flush", deadline, deadline, |reply| commands.flush(deadline, reply))
    }

    /// As [`flush`](Guard::flush), without blocking, on any executor; gives up after 30 seconds.
    ///
    /// # Errors
    ///
    /// As [`flush`](Guard::flush).
    pub async fn flush_async(&self) -> Result<(), Error> {
        let Some(commands) = &self.commands else { return Ok(()) };
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let reply = move |result| {
            let _ = sender.send(result);
        };
        commands.flush(ASYNC_DEADLINE, Box::new(reply));
        receiver.await.unwrap_or_else(|_| Err(Error::shut_down()))
    }

    /// Something that flushes and can be cloned and handed on, while the guard stays in `main`.
    #[must_use]
    pub fn flusher(&self) -> Flusher {
        Flusher::new(self.commands.clone())
    }

    /// What became of every span until now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        if self.recorder.config.passes_on {
            return Stats::default();
        }
        // The lanes first: what they have received was finished before, so the recorder's counts have it too.
        let lanes: Vec<_> = self.ledgers.iter().map(|ledger| (&**ledger, ledger.counts())).collect();
        // For the same reason the tail before the shards.
        let tail = self.tail.as_ref().map(|tail| tail.counts());
        Stats::new(self.recorder.counts(), self.recorder.spares.memory.used(), tail, &lanes)
    }

    /// Delivers what has been recorded, open spans included, and stops the worker; at the deadline what is left is
    /// counted as dropped. Then nothing more is recorded, but ids go on in headers and log lines of open spans.
    ///
    /// # Errors
    ///
    /// [undelivered](Error::is_undelivered) if spans were lost; [shut down](Error::is_shut_down) the second time;
    /// [timeout](Error::is_timeout) if the worker itself does not answer.
    pub fn shutdown(&self, deadline: Duration) -> Result<(), Error> {
        let Some(commands) = &self.commands else { return Ok(()) };
        let deadline = deadline.min(LONGEST_DEADLINE);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return Err(Error::shut_down()) };
        let end = Instant::now() + deadline;
        let result = wait("shutdown", deadline, deadline + GRACE, |reply| commands.shutdown(end, reply));
        if !result.as_ref().is_err_and(Error::is_timeout) {
            // It has answered: nothing but the end of its thread is left.
            let _ = thread.join();
        }
        result
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Whatever went wrong has been told in the log.
        let _ = self.shutdown(DROP_DEADLINE);
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

/// Sends a command and waits for its reply.
fn wait(what: &str, deadline: Duration, longest: Duration, send: impl FnOnce(Reply)) -> Result<(), Error> {
    let (sender, receiver) = sync_channel(1);
    send(Box::new(move |result| {
        let _ = sender.send(result);
    }));
    receiver.recv_timeout(longest).unwrap_or_else(|error| match error {
        RecvTimeoutError::Timeout => Err(Error::timeout(what, deadline)),
        // The reply was dropped unanswered.
        RecvTimeoutError::Disconnected => Err(Error::shut_down()),
    })
}
