//! `Herald`: says what went wrong, once, in the program's own log.

use super::tally::{PAUSE, Tally, Text};
use crate::record::{Recorder, caught};
use std::collections::HashMap;
use std::io::{Write, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracing_core::{Level, dispatcher};

/// Words for a subscriber that is not there yet wait so long, then go to standard error.
const PATIENCE: Duration = Duration::from_secs(1);

/// How loud a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Warn,
    Info,
    Debug,
}

/// Speaks through the subscriber that the layer is part of, on target `throughline`; without one, on standard error.
/// Only the worker's threads speak, and those are muted: nothing said here is recorded.
pub(crate) struct Herald {
    recorder: Arc<Recorder>,
    started: Instant,
    told: Mutex<HashMap<String, Instant>>,
    losses: Mutex<Tally>,
    once: Mutex<Vec<&'static str>>,
    waiting: Mutex<Vec<(Tone, String)>>,
}

// === impl Herald ===

impl Herald {
    pub(crate) fn new(recorder: Arc<Recorder>) -> Self {
        Herald {
            recorder,
            started: Instant::now(),
            told: Mutex::default(),
            losses: Mutex::default(),
            once: Mutex::default(),
            waiting: Mutex::default(),
        }
    }

    /// Tells of a kind of trouble, unless it was told lately; whether it did.
    pub(crate) fn tell(&self, kind: &str, tone: Tone, message: impl FnOnce() -> String) -> bool {
        let now = Instant::now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.get(kind).is_some_and(|last| now.duration_since(*last) < PAUSE) {
            return false;
        }
        told.insert(kind.to_owned(), now);
        drop(told);
        self.say(tone, message());
        true
    }

    /// Something else has told of a kind of trouble.
    pub(crate) fn note(&self, kind: &str) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(kind.to_owned(), Instant::now());
    }

    /// Tells of a loss: at once, or, where this kind was told within the last minute, added up with what comes after it
    /// once that is over. `text` gets the count.
    pub(crate) fn lost(&self, kind: &str, count: u64, text: impl Fn(u64) -> String + Send + 'static) {
        let text: Text = Box::new(text);
        let said = {
            let mut losses = self.losses.lock().unwrap_or_else(PoisonError::into_inner);
            losses.add(kind, count, text, Instant::now())
        };
        said.into_iter().for_each(|said| self.say(Tone::Warn, said));
    }

    /// Tells something that is not worth repeating.
    pub(crate) fn tell_once(&self, kind: &'static str, tone: Tone, message: &str) {
        let mut once = self.once.lock().unwrap_or_else(PoisonError::into_inner);
        if !once.contains(&kind) {
            once.push(kind);
            drop(once);
            self.say(tone, message.to_owned());
        }
    }

    /// Lets a kind of trouble be told anew at once, because it was over in between.
    pub(crate) fn over(&self, kind: &str) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).remove(kind);
    }

    /// Says something, unless `OTEL_LOG_LEVEL` holds it back.
    pub(crate) fn say(&self, tone: Tone, message: String) {
        if tone.level() > self.recorder.config.log_level {
            return;
        }
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((tone, message));
        self.speak(false);
    }

    /// Says what waits, if there is somebody to listen, or if it has waited long enough, or at the end.
    pub(crate) fn speak(&self, at_the_end: bool) {
        let late = {
            let mut losses = self.losses.lock().unwrap_or_else(PoisonError::into_inner);
            losses.late(Instant::now(), at_the_end)
        };
        if Tone::Warn.level() <= self.recorder.config.log_level {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.extend(late.into_iter().map(|said| (Tone::Warn, said)));
        }
        let dispatch = self.recorder.home.dispatch();
        if dispatch.is_none() && !at_the_end && self.started.elapsed() < PATIENCE {
            return;
        }
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        for (tone, message) in waiting {
            match &dispatch {
                // The program's own layers run here: should one panic, the worker goes on.
                Some(dispatch) => {
                    caught(|| dispatcher::with_default(dispatch, || tone.log(&message)));
                }
                // Standard error may be closed, which `eprintln` does not survive.
                None if tone == Tone::Warn => drop(writeln!(stderr(), "throughline: {message}")),
                None => {}
            }
        }
        // The subscriber ends here if the program has let go of it meanwhile.
        caught(|| drop(dispatch));
    }
}

// === impl Tone ===

impl Tone {
    fn level(self) -> Level {
        match self {
            Tone::Warn => Level::WARN,
            Tone::Info => Level::INFO,
            Tone::Debug => Level::DEBUG,
        }
    }

    fn log(self, message: &str) {
        match self {
            Tone::Warn => tracing::warn!(target: "throughline", "{message}"),
            Tone::Info => tracing::info!(target: "throughline", "{message}"),
            Tone::Debug => tracing::debug!(target: "throughline", "{message}"),
        }
    }
}
