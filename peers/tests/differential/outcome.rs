//! How a run ends: a layer may panic, or wait for itself for ever.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::normal::Run;

pub(crate) enum Outcome {
    Done(Run),
    Panicked(String),
    Hung,
}

// === impl Outcome ===

impl Outcome {
    /// Runs on a thread of its own, which is left behind if it takes longer.
    pub(crate) fn within(patience: Duration, run: impl FnOnce() -> Run + Send + 'static) -> Outcome {
        let (sender, receiver) = mpsc::channel();
        let thread = thread::Builder::new().name("program".to_owned());
        let running = thread.spawn(move || {
            let run = run();
            // Nobody waits any more if it took too long.
            let _ = sender.send(run);
        });
        let running = running.expect("a thread");
        match receiver.recv_timeout(patience) {
            Ok(run) => Outcome::Done(run),
            Err(RecvTimeoutError::Timeout) => Outcome::Hung,
            Err(RecvTimeoutError::Disconnected) => {
                let panic = running.join().expect_err("it sent nothing");
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                Outcome::Panicked(text.unwrap_or_default().to_owned())
            }
        }
    }

    /// In a word.
    pub(crate) fn word(&self) -> String {
        match self {
            Outcome::Done(_) => "ends well".to_owned(),
            Outcome::Panicked(message) => {
                // Ids of the registry are others in each run.
                let line = message.lines().next().unwrap_or_default();
                format!("panics: {}", line.replace(|c: char| c.is_ascii_digit(), ""))
            }
            Outcome::Hung => "hangs".to_owned(),
        }
    }
}
