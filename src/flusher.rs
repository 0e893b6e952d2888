//! `Flusher`: delivers what has been recorded, wherever the guard is.

use crate::error::Error;
use crate::worker::Commands;
use std::fmt;
use std::time::Duration;
use tokio::sync::oneshot::{Receiver, channel};

/// Delivers spans on demand, from anywhere in the program; made by [`Guard::flusher`](crate::Guard::flusher).
///
/// It keeps nothing alive: when the guard is gone, there is nobody to deliver any more, and every flush says so.
///
/// ```
/// # use std::time::Duration;
/// # async fn at_a_checkpoint(guard: &throughline::Guard) -> Result<(), throughline::Error> {
/// let flusher = guard.flusher();
/// flusher.flush(Duration::from_secs(2)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Flusher {
    /// `None`: nothing is recorded.
    commands: Option<Commands>,
}

// === impl Flusher ===

impl Flusher {
    pub(crate) fn new(commands: Option<Commands>) -> Self {
        Flusher { commands }
    }

    /// Delivers every span that was finished before the call, and returns when that is done, or at the deadline. Does
    /// not block, on any executor.
    ///
    /// # Errors
    ///
    /// As [`Guard::flush`](crate::Guard::flush).
    pub async fn flush(&self, deadline: Duration) -> Result<(), Error> {
        match self.start(deadline) {
            Some(answer) => answer.await.unwrap_or_else(|_| Err(Error::shut_down())),
            // Disabled by OTEL_SDK_DISABLED: there is nothing to deliver, which is no failure.
            None => Ok(()),
        }
    }

    /// Begins now, whether the answer is waited for or not.
    pub(crate) fn start(&self, deadline: Duration) -> Option<Receiver<Result<(), Error>>> {
        let commands = self.commands.as_ref()?;
        let (sender, receiver) = channel();
        let reply = move |result| {
            let _ = sender.send(result);
        };
        commands.flush(deadline, Box::new(reply));
        Some(receiver)
    }
}

impl fmt::Debug for Flusher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flusher").finish_non_exhaustive()
    }
}
