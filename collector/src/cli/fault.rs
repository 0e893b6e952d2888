//! `Fault`: why a command failed, and the status that the program ends with.

use std::fmt;

/// Why a command failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The command line is wrong: status 2.
    Usage(String),
    /// The command line is right, but it did not work: status 1.
    Failed(String),
    /// Whoever read our output is gone: status 0, without a word.
    OutputClosed,
}

// === impl Fault ===

impl Fault {
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Fault::Usage(message.into())
    }

    pub(super) fn failed(message: impl fmt::Display) -> Self {
        Fault::Failed(message.to_string())
    }

    pub(super) fn status(&self) -> u8 {
        match self {
            Fault::Usage(_) => 2,
            Fault::Failed(_) => 1,
            Fault::OutputClosed => 0,
        }
    }
}

impl From<std::io::Error> for Fault {
    /// An error of writing to standard output.
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Fault::OutputClosed,
            _ => Fault::failed(format_args!("cannot write the output: {error}")),
        }
    }
}
