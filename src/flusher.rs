//! `Flusher`: delivers what has been recorded, wherever the guard is.

use crate::error::Error;
use crate::record::Recorder;
use crate::worker::{Alarm, Answer};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
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
    recorder: Weak<Recorder>,
}

/// A flush that was begun. Has its answer at the deadline at the latest, on any executor.
pub(crate) enum Flushing {
    /// The alarm answers if the worker does not.
    Asked { answer: Receiver<Answer>, _alarm: Option<Alarm> },
    /// There was nobody to ask.
    Known(Answer),
}

// === impl Flusher ===

impl Flusher {
    pub(crate) fn new(recorder: Weak<Recorder>) -> Self {
        Flusher { recorder }
    }

    /// Delivers every span that was finished before the call, and returns when that is done, or at the deadline. Does
    /// not block, on any executor.
    ///
    /// # Errors
    ///
    /// As [`Guard::flush`](crate::Guard::flush).
    pub async fn flush(&self, deadline: Duration) -> Result<(), Error> {
        self.start(deadline).await
    }

    /// Begins now, whether the answer is waited for or not.
    pub(crate) fn start(&self, deadline: Duration) -> Flushing {
        let Some(recorder) = self.recorder.upgrade() else {
            return Flushing::Known(Err(Error::shut_down()));
        };
        // Disabled by OTEL_SDK_DISABLED, or forked off and nothing recorded since: there is nothing to deliver.
        let Some(worker) = recorder.worker.get() else { return Flushing::Known(Ok(())) };
        let (sender, receiver) = channel();
        let sender = Mutex::new(Some(sender));
        let _alarm = worker.begin_flush(deadline, move |answer| {
            let sender = sender.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(sender) = sender {
                let _ = sender.send(answer);
            }
        });
        Flushing::Asked { answer: receiver, _alarm }
    }
}

impl fmt::Debug for Flusher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flusher").finish_non_exhaustive()
    }
}

// === impl Flushing ===

impl Future for Flushing {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Flushing::Asked { answer, .. } => {
                Pin::new(answer).poll(context).map(|it| it.unwrap_or_else(|_| Err(Error::shut_down())))
            }
            Flushing::Known(answer) => Poll::Ready(std::mem::replace(answer, Ok(()))),
        }
    }
}
