//! `Occupied`: who has the worker's thread.
//!
//! An exporter whose `export` blocks without saying so (`Exporter::blocks`) stops everything on that thread: other
//! exporters, deadlines, answers. Others can tell from here why there is no answer.

use super::ledger::Ledger;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A call of `export`, or a poll of what it gave, that takes this long, blocks.
pub(super) const BLOCKED: Duration = Duration::from_secs(1);
/// One that has taken this long when somebody waits for the worker may be the reason.
const SUSPECT: Duration = Duration::from_millis(100);

/// The exporter that the worker's thread is inside of, and since when.
#[derive(Debug, Default)]
pub(crate) struct Occupied(Mutex<Option<(Arc<Ledger>, Instant)>>);

// === impl Occupied ===

impl Occupied {
    /// Runs the code of an exporter, which does not panic here; gives how long it took.
    pub(super) fn by<R>(&self, exporter: &Arc<Ledger>, f: impl FnOnce() -> R) -> (R, Duration) {
        let begun = Instant::now();
        self.set(Some((Arc::clone(exporter), begun)));
        let result = f();
        self.set(None);
        (result, begun.elapsed())
    }

    fn set(&self, by: Option<(Arc<Ledger>, Instant)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = by;
    }

    /// Why the worker does not answer, if that is known.
    pub(crate) fn reason(&self) -> Option<String> {
        let by = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (exporter, since) = by.as_ref().filter(|(_, since)| since.elapsed() >= SUSPECT)?;
        Some(blocked(&exporter.name, since.elapsed()))
    }
}

/// What is said of an exporter that blocks.
pub(super) fn blocked(name: &str, time: Duration) -> String {
    format!(
        "export of {name} has blocked the worker's thread for {:.1} s; if it has to, let its Exporter::blocks say so",
        time.as_secs_f64()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::Signal;

    #[test]
    fn whoever_stays_long_is_named_and_only_meanwhile() {
        let (occupied, ledger) = (Occupied::default(), Ledger::new(Signal::Traces, "slow"));
        let ((), took) = occupied.by(&ledger, || {
            assert_eq!(occupied.reason(), None);
            std::thread::sleep(SUSPECT);
            assert!(occupied.reason().is_some_and(|it| it.starts_with("export of slow has blocked")));
        });
        assert!(took >= SUSPECT);
        assert_eq!(occupied.reason(), None);
    }
}
