//! A span of a trace that is known not to be sampled: ids, for log lines and headers, and nothing else.

use super::local::{Entered, Local};
use super::open_span::Decision;
use super::plan::Plan;
use super::recorder::Recorder;
use super::shard::Shards;

// === impl Recorder ===

impl Recorder {
    /// Opens a child of a span that is not sampled; `false`: it is to be opened as any other.
    ///
    /// What [`open`](Self::open) does, without what a span has that is recorded: measured, some 7 % of all that such a span
    /// costs.
    #[inline]
    pub(super) fn open_unsampled(
        &self,
        local: &Local,
        plan: &'static Plan,
        id: u64,
        parent: Entered,
    ) -> bool {
        if Shards::index(parent.id) != Shards::index(id) || self.config.passes_on || self.is_closed() {
            return false;
        }
        let span_id = self.new_span_id(local);
        let mut guard = self.shards.of(id);
        let inner = &mut *guard;
        // What the cell said was a hint.
        let unsampled = |slot: &u32| inner.slots[*slot as usize].decision == Decision::Unsampled;
        let Some(at) = inner.locate(parent.id, parent.cell.slot()).filter(unsampled) else { return false };
        inner.counts.started += 1;
        let Some(slot) = inner.open(id, &self.spares) else {
            inner.counts.refused_memory += 1;
            return true;
        };
        inner.inherit_unsampled(slot, at, span_id, plan);
        let cell = inner.slots[slot as usize].cell;
        cell.open(id, local.address(), true);
        if self.config.busy_idle {
            cell.count_busy();
        }
        drop(guard);
        local.touch(Entered { instance: self.instance, tenancy: cell.tenancy(), id, cell, plan });
        true
    }
}
