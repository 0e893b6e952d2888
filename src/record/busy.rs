//! The time inside a span (`busy_ns`) and the rest of it (`idle_ns`), where they are asked for.

use super::body::Body;
use super::cell::Cell;
use super::local::{Entered, Local};
use super::open_span::OpenSpan;
use super::plan::SPAN_ATTRIBUTES;
use super::recorder::Recorder;
use crate::wire::put_key_value_i64;

/// What a span is exported with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BusyIdle {
    busy_nanos: u64,
    idle_nanos: u64,
}

const BUSY: &str = "busy_ns";
const IDLE: &str = "idle_ns";

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

// === impl BusyIdle ===

impl BusyIdle {
    /// The time inside the span, by all threads together, and the rest of its time.
    #[cold]
    pub(super) fn of(span: &OpenSpan, end: u64) -> BusyIdle {
        let lasted = end - span.start_unix_nanos;
        let busy_nanos = span.cell.busy_nanos(end, lasted);
        BusyIdle { busy_nanos, idle_nanos: lasted.saturating_sub(busy_nanos) }
    }

    /// Adds the attributes as far as there is room and no value of the program has their key. Returns how many did not
    /// fit.
    #[cold]
    pub(super) fn put(self, out: &mut Vec<u8>, body: &Body, mut room: usize) -> u32 {
        let mut dropped = 0;
        for (key, nanos) in [(BUSY, self.busy_nanos), (IDLE, self.idle_nanos)] {
            match room.checked_sub(1) {
                _ if body.has(key) => {}
                None => dropped += 1,
                Some(left) => {
                    room = left;
                    put_key_value_i64(out, SPAN_ATTRIBUTES, key, i64::try_from(nanos).unwrap_or(i64::MAX));
                }
            }
        }
        dropped
    }
}
