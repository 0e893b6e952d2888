//! `Guard`: delivers what has been recorded, and ends the worker.

use crate::doctor::{Doctor, Report};
use crate::error::Error;
use crate::flusher::Flusher;
use crate::record::Recorder;
use crate::resource::Origin;
use crate::sampler::Sampler;
use crate::stats::{Stats, StatsReader};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long a dropped guard waits.
const DROP_DEADLINE: Duration = Duration::from_secs(5);
/// How long [`Guard::flush_async`] waits.
const ASYNC_DEADLINE: Duration = Duration::from_secs(30);

/// Keeps the delivery of spans going.
///
/// Keep it until the end of `main`: dropping it delivers what has been recorded, for up to 5 seconds, and stops the
/// worker. Spans that are still open then are delivered as they are, marked `throughline.unfinished`; what happens
/// later is not recorded. It may be dropped anywhere: in async code on a current-thread runtime (it blocks the thread, but
/// the worker has one of its own), after the runtime has ended, in another `Drop`, while the thread panics.
///
/// # When data is lost
///
/// A finished span is delivered, or kept to be sent again, or counted in [`stats`](Guard::stats) with its reason. What ends
/// the process in one of these ways is not noticed here, and nothing is counted, since there is nobody left to ask:
///
/// | what ends the process | what is lost | instead |
/// |---|---|---|
/// | the end of `main`, a panic in `main` | nothing: the guard is dropped | |
/// | `std::process::exit`, the end of `main` with the guard in a `static`, `mem::forget` | what waits for the next [schedule delay](crate::Builder::schedule_delay) or is under way: nothing is dropped then | [`flush`](Guard::flush) or [`shutdown`](Guard::shutdown) before it |
/// | SIGTERM, SIGINT (Ctrl-C) without a handler | the same | [`shutdown_on_signals`](Guard::shutdown_on_signals), or a handler that lets `main` end |
/// | `abort`, SIGKILL, a double panic, a panic where panics abort, `exec` | the same | `flush` before it, where there is a before |
///
/// With a spool (`Builder::spool`) none of these loses what was finished: the next start delivers it.
///
/// Where the guard is dropped in time, what the receiver has not taken after 5 seconds is dropped (or stays in the spool), counted
/// and told in the log;
/// [`shutdown`](Guard::shutdown) takes a deadline of its own. Spans that start or close after that are counted as
/// [refused](crate::Refused::shutdown).
///
/// # After a `fork`
///
/// What was recorded before a `fork` is the parent's, and only it delivers that: the child forgets it without counting it.
/// The child's own first span starts a worker there, with other ids, a `service.instance.id` and `process.pid` of its own
/// and new connections; spans that it begins inside of one that it was forked in hang under that. Its copy of the guard speaks
/// of the child only: flush it before the child ends by `_exit`. A child that records nothing, or only calls `exec`, starts
/// nothing. Exporters of the program's own are shared as they are. A `fork` that calls no handlers (`vfork`, `clone`) is
/// not noticed.
#[must_use = "dropping the guard at once ends the recording"]
pub struct Guard {
    recorder: Arc<Recorder>,
    doctor: Doctor,
    reader: StatsReader,
}

// === impl Guard ===

impl Guard {
    pub(crate) fn new(recorder: Arc<Recorder>, doctor: Doctor, origin: Arc<Origin>) -> Guard {
        let reader = StatsReader::new(Arc::clone(&recorder), origin);
        Guard { recorder, doctor, reader }
    }

    /// Checks the way to each endpoint that spans and log records are posted to, and names in plain words what is wrong and
    /// what to set: the name, the connection, TLS, and an export with nothing in it, which is what a collector sees of it.
    ///
    /// Works from any thread, in and out of any runtime, also after a shutdown; it blocks the calling thread, for 20 seconds
    /// at the longest.
    ///
    /// ```
    /// # let (_layer, guard) = throughline::builder().endpoint("http://127.0.0.1:1").startup_check(false).build()?;
    /// let report = guard.check();
    /// if !report.is_ok() {
    ///     eprintln!("{report}");
    /// }
    /// # assert_eq!(report.endpoints()[0].findings()[0].problem(), throughline::doctor::Problem::NothingListens);
    /// # Ok::<(), throughline::Error>(())
    /// ```
    pub fn check(&self) -> Report {
        self.doctor.check()
    }

    /// As [`check`](Guard::check), without blocking, on any executor.
    pub async fn check_async(&self) -> Report {
        self.doctor.check_async().await
    }

    /// Delivers every span that was finished before the call, and returns when that is done, or at the deadline. What waits
    /// for the decision of a [tail](crate::Builder::tail) goes on waiting.
    ///
    /// Works from any thread, in and out of any runtime; it blocks the calling thread.
    ///
    /// # Errors
    ///
    /// [timeout](Error::is_timeout) at the deadline (the spans stay queued; the error says how many wait in a spool); [undelivered](Error::is_undelivered) if
    /// some were rejected or dropped meanwhile; [shut down](Error::is_shut_down) after a shutdown.
    pub fn flush(&self, deadline: Duration) -> Result<(), Error> {
        flush(&self.recorder, deadline)
    }

    /// As [`flush`](Guard::flush), without blocking, on any executor; gives up after 30 seconds.
    ///
    /// # Errors
    ///
    /// As [`flush`](Guard::flush).
    pub async fn flush_async(&self) -> Result<(), Error> {
        self.flusher().flush(ASYNC_DEADLINE).await
    }

    /// Something that flushes and can be cloned and handed on, while the guard stays in `main`.
    #[must_use]
    pub fn flusher(&self) -> Flusher {
        Flusher::new(Arc::downgrade(&self.recorder))
    }

    /// What became of every span until now; in the child of a fork, of those that were begun there.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.reader.stats()
    }

    /// Something that reads the [`Stats`] and can be cloned and handed on, while the guard stays in `main`.
    #[must_use]
    pub fn stats_reader(&self) -> StatsReader {
        self.reader.clone()
    }

    /// Replaces the sampler, [rules](crate::Sampler::rules) and all, while the program runs: it decides from now on, on traces that
    /// have not been decided on yet. Rates and remote strategies of the new one begin anew, unless it is a clone.
    ///
    /// # Errors
    ///
    /// [config](Error::is_config) if there is something wrong with it: then the one before goes on.
    pub fn set_sampler(&self, sampler: impl Into<Sampler>) -> Result<(), Error> {
        self.recorder.sampler.set(sampler.into().checked()?);
        Ok(())
    }

    /// Delivers what has been recorded, open spans included, and stops the worker; at the deadline what is left is
    /// counted as dropped, or stays in the spool. Then nothing more is recorded, but ids go on in headers and log lines of open spans.
    ///
    /// # Errors
    ///
    /// [undelivered](Error::is_undelivered) if spans were lost; [shut down](Error::is_shut_down) the second time;
    /// [timeout](Error::is_timeout) if the worker itself does not answer.
    pub fn shutdown(&self, deadline: Duration) -> Result<(), Error> {
        shut_down(&self.recorder, deadline)
    }

    /// From now on SIGTERM and SIGINT (Ctrl-C) deliver what has been recorded, as [`shutdown`](Guard::shutdown) does, and
    /// then end the process as they do without a handler: its exit status tells of the signal.
    ///
    /// Needs no runtime: a thread waits for the signals. A second signal ends the process at once. The program's own
    /// handlers are left alone: a signal that has one already, or that is ignored, is not watched; where one is set later that
    /// calls those before it, as `tokio::signal` does, the signal is the program's, and what has been recorded is flushed
    /// and nothing else. Of several guards that ask for it each shuts down in turn. Holds in the child of a fork from its first
    /// span on; before that, a signal ends it as without a handler.
    ///
    /// # Errors
    ///
    /// [config](Error::is_config) if the program has handlers for both, or if no pipe or thread is to be had.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # fn main() -> Result<(), throughline::Error> {
    /// let guard = throughline::init()?;
    /// guard.shutdown_on_signals(Duration::from_secs(3))?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(unix)]
    pub fn shutdown_on_signals(&self, deadline: Duration) -> Result<(), Error> {
        // With a second call the first deadline stays.
        let _ = self.recorder.on_signal.set(deadline);
        crate::signals::watch()
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

pub(crate) fn flush(recorder: &Recorder, deadline: Duration) -> Result<(), Error> {
    // Disabled by OTEL_SDK_DISABLED, or forked off and nothing recorded since: there is nothing to deliver.
    recorder.worker.get().map_or(Ok(()), |worker| worker.flush(deadline))
}

pub(crate) fn shut_down(recorder: &Recorder, deadline: Duration) -> Result<(), Error> {
    match recorder.worker.get() {
        Some(worker) => worker.shut_down(deadline),
        None => {
            recorder.close_down();
            Ok(())
        }
    }
}
