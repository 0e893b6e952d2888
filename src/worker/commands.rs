//! What the guard asks of the worker.

use crate::error::Error;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What became of a command.
pub(crate) type Answer = Result<(), Error>;

/// Answers a command. Dropped without a call, it tells that the worker is gone; dropped by a panic, that it is not.
pub(crate) struct Reply(Option<Box<dyn FnOnce(Answer) + Send>>);

/// A request to the worker.
pub(crate) enum Command {
    /// Deliver what has been finished until now, and say when it is done.
    Flush { deadline: Duration, reply: Reply },
    /// As a flush, with the spans that are still open; then end, at the deadline at the latest.
    Shutdown { deadline: Instant, reply: Reply },
}

/// Where commands are put in.
#[derive(Clone)]
pub(crate) struct Commands(UnboundedSender<Command>);

// === impl Reply ===

impl Reply {
    pub(crate) fn new(reply: impl FnOnce(Answer) + Send + 'static) -> Self {
        Reply(Some(Box::new(reply)))
    }

    pub(super) fn send(mut self, answer: Answer) {
        if let Some(reply) = self.0.take() {
            reply(answer);
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(reply) = self.0.take()
        {
            reply(Err(Error::undelivered(0, "the worker panicked and is started again; flush once more")));
        }
    }
}

// === impl Commands ===

impl Commands {
    pub(super) fn channel() -> (Commands, UnboundedReceiver<Command>) {
        let (sender, receiver) = unbounded_channel();
        (Commands(sender), receiver)
    }

    /// Asks for a flush, which is given up at the deadline.
    pub(crate) fn flush(&self, deadline: Duration, reply: Reply) {
        // If the worker has ended, the reply is dropped, and that is the answer.
        let _ = self.0.send(Command::Flush { deadline, reply });
    }

    /// Asks for the end.
    pub(crate) fn shutdown(&self, deadline: Instant, reply: Reply) {
        let _ = self.0.send(Command::Shutdown { deadline, reply });
    }
}
