//! The time inside a span (`busy_ns`) and the rest of it (`idle_ns`), where they are asked for.

use super::cell::Cell;
use super::local::{Entered, Local};
use super::recorder::Recorder;

/// What a span is exported with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BusyIdle {
    pub(super) busy_nanos: u64,
    pub(super) idle_nanos: u64,
}

pub(super) const BUSY: &str = "busy_ns";
pub(super) const IDLE: &str = "idle_ns";

// === impl Recorder ===

impl Recorder {
    /// The thread is about to enter a span.
    #[inline]
    pub(crate) fn entering(&self, local: &Local, entered: Entered) {
        if entered.cell.is_counted() {
            self.begin_busy(local, entered);
        }
    }

    /// The thread has left a span.
    #[inline]
    pub(crate) fn left(&self, local: &Local, id: u64, cell: &Cell) {
        if cell.is_plain() {
            cell.exit(id, local.address(), self.now(local));
        } else if cell.is_counted() {
            self.end_busy(local, id, cell);
        }
    }

    /// A thread that is inside more than once is counted once. Unsampled spans are counted too: their decision may
    /// change while somebody is inside.
    #[cold]
    fn begin_busy(&self, local: &Local, entered: Entered) {
        if !local.is_entered(self.instance, entered.id) {
            entered.cell.begin_busy(entered.id, self.now(local));
        }
    }

    #[cold]
    fn end_busy(&self, local: &Local, id: u64, cell: &Cell) {
        let now = self.now(local);
        if !local.is_entered(self.instance, id) {
            cell.end_busy(id, now);
        }
        if !cell.is_unsampled() {
            cell.exit(id, local.address(), now);
        }
    }
}
