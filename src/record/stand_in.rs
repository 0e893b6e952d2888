//! Stand-ins: the recorded ancestor of a hidden span, entered in its place.
//!
//! A span that the layer's own filter hid may be entered on a thread where none of its ancestors is: a spawned task in a
//! debug span, say. What happens there belongs to the nearest recorded ancestor all the same. Recorded spans pay
//! nothing for this: only a span that is not found comes here, and only where the thread is in nothing else.

use super::local::{Entered, Local};
use super::recorder::Recorder;
use tracing_core::span::Id;

// === impl Recorder ===

impl Recorder {
    /// A span that is not recorded is entered.
    #[cold]
    pub(crate) fn enter_hidden(&self, local: &Local, id: &Id) {
        let number = id.into_u64();
        if self.current(local).is_some() && !local.has_stand_in(self.instance, number) {
            return;
        }
        let above = self.home.find_ancestor(id, |ancestor| self.locate(local, ancestor));
        if let Some(ancestor) = above {
            local.enter_stand_in(number, ancestor);
        }
    }

    /// A span that is not on the stack is left; whether another one stood in for it. That one's end does not move.
    #[cold]
    pub(super) fn leave_hidden(&self, local: &Local, id: u64) -> bool {
        let ancestor = local.take_stand_in(self.instance, id);
        ancestor.is_some_and(|ancestor| local.leave_below(self.instance, ancestor).is_some())
    }
}

// === impl Local ===

impl Local {
    fn has_stand_in(&self, instance: u32, hidden: u64) -> bool {
        self.stand_ins.borrow().iter().any(|other| (other.0, other.1) == (instance, hidden))
    }

    fn enter_stand_in(&self, hidden: u64, ancestor: Entered) {
        self.stand_ins.borrow_mut().push((ancestor.instance, hidden, ancestor.id));
        self.enter(ancestor);
    }

    fn take_stand_in(&self, instance: u32, hidden: u64) -> Option<u64> {
        let mut all = self.stand_ins.borrow_mut();
        let at = all.iter().rposition(|other| (other.0, other.1) == (instance, hidden))?;
        Some(all.remove(at).2)
    }
}
