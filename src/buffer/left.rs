//! `Left`: what was whole in a slot of the spool that another process left behind. `spool/` reads it, a segment takes it on.

use crate::export::{Envelope, Signal};
use crate::spool::LeftSlot;
use std::ops::Range;
use std::sync::Arc;

/// What was whole in a slot, and is still owed to an exporter.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) bytes: Vec<u8>,
    pub(crate) frames: usize,
    pub(crate) signal: Signal,
    pub(crate) taken_at: u64,
    /// Whose it is.
    pub(crate) origin: Arc<Envelope>,
    /// For each exporter of this process, the frames that it is owed.
    pub(crate) owed: Vec<Vec<Range<usize>>>,
    /// Some are owed to an exporter that this process has not: they stay where they are.
    pub(crate) to_others: bool,
    pub(crate) slot: LeftSlot,
}
