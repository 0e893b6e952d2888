//! `Decision`: what a sampler answers.

#[cfg(test)]
use crate::Context;
use crate::context::Carried;
use std::sync::Arc;

/// Whether to sample, and what the trace carries from here on if that differs from what it carried.
#[derive(Debug)]
pub(crate) struct Decision {
    /// Whether the trace is recorded and its sampled flag set.
    pub(crate) sampled: bool,
    /// To carry instead of what the parent carries; `None` changes nothing.
    ///
    /// Not a bare trace state, so that a ratio's new traces share one that was made once.
    pub(crate) carried: Option<Arc<Carried>>,
}

// === impl Decision ===

impl Decision {
    /// What the decided trace carries.
    #[cfg(test)]
    pub(crate) fn carried_from(self, parent: Option<&Context>) -> Option<Arc<Carried>> {
        self.carried.or_else(|| parent.and_then(|parent| parent.carried().cloned()))
    }

    /// What a trace carries that begins here and has something to carry already, of which no sampler knows.
    pub(crate) fn carried_onto(self, mut own: Arc<Carried>) -> Arc<Carried> {
        if let Some(decided) = self.carried {
            Arc::make_mut(&mut own).trace_state.clone_from(&decided.trace_state);
        }
        own
    }
}
