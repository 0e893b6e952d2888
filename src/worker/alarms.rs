//! `Alarms`: deadlines that hold whatever the worker does, for callers that wait without blocking.
//!
//! A future has no clock of its own, the caller may have no runtime, and the worker's thread may be blocked by an exporter.
//! So a thread keeps the time: one, started with the first alarm, and gone after a while without any.

use crate::record::local;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The name of the thread.
const NAME: &str = "throughline-time";
/// It ends after so long without an alarm.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// The alarms that are set.
#[derive(Clone, Default)]
pub(crate) struct Alarms(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    sooner: Condvar,
}

#[derive(Default)]
struct State {
    /// By time, and by number where times are equal.
    set: BTreeMap<Key, Ring>,
    numbers: u64,
    running: bool,
}

type Key = (Instant, u64);
type Ring = Box<dyn FnOnce() + Send>;

/// An alarm; dropped, it does not ring any more.
pub(crate) struct Alarm {
    key: Key,
    shared: Arc<Shared>,
}

// === impl Alarms ===

impl Alarms {
    /// Calls `ring` once that time has come. `None` if it cannot: there is no such time, or no thread to be had.
    pub(crate) fn set(&self, after: Duration, ring: impl FnOnce() + Send + 'static) -> Option<Alarm> {
        let at = Instant::now().checked_add(after)?;
        let mut state = self.0.lock();
        if !state.running {
            let shared = Arc::clone(&self.0);
            std::thread::Builder::new().name(NAME.to_owned()).spawn(move || shared.run()).ok()?;
            state.running = true;
        }
        state.numbers += 1;
        let key = (at, state.numbers);
        state.set.insert(key, Box::new(ring));
        if state.set.first_key_value().is_some_and(|(first, _)| *first == key) {
            self.0.sooner.notify_one();
        }
        Some(Alarm { key, shared: Arc::clone(&self.0) })
    }
}

// === impl Alarm ===

impl Drop for Alarm {
    fn drop(&mut self) {
        // What it would have called is dropped without the lock.
        let ring = self.shared.lock().set.remove(&self.key);
        drop(ring);
    }
}

// === impl Shared ===

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        local::with(local::Local::mute);
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            let first = state.set.first_key_value().map(|(key, _)| *key);
            if let Some(key) = first.filter(|(at, _)| *at <= now) {
                let ring = state.set.remove(&key);
                drop(state);
                // It wakes a task of the program, whose waker is not ours.
                ring.and_then(crate::record::caught);
                state = self.lock();
                continue;
            }
            let wait = first.map_or(KEEP_ALIVE, |(at, _)| at - now);
            let waited = self.sooner.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner);
            state = waited.0;
            if waited.1.timed_out() && state.set.is_empty() {
                state.running = false;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn alarms_ring_in_their_order_and_not_once_they_are_dropped() {
        let (alarms, (sender, rung)) = (Alarms::default(), channel());
        let ring = |millis: u64| {
            let sender = sender.clone();
            let ring = move || sender.send(millis).expect("the test listens");
            alarms.set(Duration::from_millis(millis), ring).expect("a thread")
        };
        let (late, early, never) = (ring(60), ring(20), ring(40));
        drop(never);
        drop(sender);
        let all: Vec<_> = rung.iter().collect();
        assert_eq!(all, [20, 60], "the channel is closed, so nothing else will come");
        drop((late, early));
        assert!(alarms.set(Duration::MAX, || {}).is_none(), "there is no such time");
    }
}
