//! `Marks`: who waits until all that was handed to an exporter before is settled. A program may flush with every request
//! while the collector is away for an hour: those that have given up must not stay in a queue.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// So many that wait are not looked through.
const FEW: usize = 64;

/// Shared by the two ends of a lane.
#[derive(Debug, Default)]
pub(super) struct Marks(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Whether each batch is settled, from the first one that is not.
    batches: VecDeque<bool>,
    /// How many came before those.
    before: u64,
    /// Answered once so many are settled.
    waiting: VecDeque<(u64, oneshot::Sender<()>)>,
    /// When so many wait, those that have given up are thrown out.
    sweep_at: usize,
    ended: bool,
}

// === impl Marks ===

impl Marks {
    /// One more batch; its number.
    pub(super) fn push(&self) -> u64 {
        let state = &mut *self.lock();
        state.batches.push_back(false);
        state.before + state.batches.len() as u64 - 1
    }

    /// A batch is settled; they need not be in order.
    pub(super) fn settle(&self, number: u64) {
        let state = &mut *self.lock();
        if let Some(batch) =
            number.checked_sub(state.before).and_then(|at| state.batches.get_mut(at as usize))
        {
            *batch = true;
        }
        let settled = state.batches.iter().take_while(|settled| **settled).count();
        state.batches.drain(..settled);
        state.before += settled as u64;
        let reached = state.waiting.iter().take_while(|(until, _)| *until <= state.before).count();
        for (_, waits) in state.waiting.drain(..reached) {
            // Whoever has given up is not there any more.
            let _ = waits.send(());
        }
    }

    /// Resolves when all batches until now are settled; to an error if the lane ends before.
    pub(super) fn mark(&self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let state = &mut *self.lock();
        match (state.ended, state.batches.is_empty()) {
            (true, _) => {}
            (false, true) => drop(sender.send(())),
            (false, false) => {
                let until = state.before + state.batches.len() as u64;
                state.waiting.push_back((until, sender));
            }
        }
        if state.waiting.len() > state.sweep_at.max(FEW) {
            state.waiting.retain(|(_, waits)| !waits.is_closed());
            state.sweep_at = 2 * state.waiting.len();
        }
        receiver
    }

    /// The lane is gone: nothing more is settled.
    pub(super) fn end(&self) {
        let state = &mut *self.lock();
        state.ended = true;
        state.waiting.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot::error::TryRecvError;

    #[test]
    fn a_mark_waits_for_what_came_before_it_in_any_order_and_for_no_more() {
        let marks = Marks::default();
        assert_eq!(marks.mark().try_recv(), Ok(()), "nothing came before");
        let numbers = [marks.push(), marks.push()];
        let mut both = marks.mark();
        let third = marks.push();
        let mut all = marks.mark();
        marks.settle(third);
        marks.settle(numbers[1]);
        assert_eq!(both.try_recv(), Err(TryRecvError::Empty));
        marks.settle(numbers[0]);
        assert_eq!((both.try_recv(), all.try_recv()), (Ok(()), Ok(())));
        let fourth = marks.push();
        let mut last = marks.mark();
        marks.settle(numbers[0]);
        assert_eq!(last.try_recv(), Err(TryRecvError::Empty), "an old number settles nothing");
        marks.settle(fourth);
        assert_eq!(last.try_recv(), Ok(()));
    }

    #[test]
    fn those_that_have_given_up_do_not_pile_up() {
        let marks = Marks::default();
        let number = marks.push();
        let mut patient: Vec<_> = (0..10).map(|_| marks.mark()).collect();
        (0..10_000).for_each(|_| drop(marks.mark()));
        assert!(marks.lock().waiting.len() <= 2 * FEW, "{}", marks.lock().waiting.len());
        marks.settle(number);
        assert!(patient.iter_mut().all(|waits| waits.try_recv() == Ok(())));
        assert!(marks.lock().waiting.is_empty());
    }

    #[test]
    fn the_end_is_told_to_all_that_wait_and_to_those_that_come_later() {
        let marks = Marks::default();
        marks.push();
        let mut waits = marks.mark();
        marks.end();
        assert_eq!(waits.try_recv(), Err(TryRecvError::Closed));
        assert_eq!(marks.mark().try_recv(), Err(TryRecvError::Closed));
    }
}
