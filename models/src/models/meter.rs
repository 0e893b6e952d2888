//! What may be taken in a second, by whichever thread.

use super::every_order;
use crate::meter::Meter;
use loom::sync::Arc;
use loom::thread;

const SECOND: u64 = 1_000_000_000;
const NOW: u64 = 1_700_000_000 * SECOND;

/// How many two threads are given that ask twice each, at times of their own.
fn taken(meter: &Arc<Meter>, times: [u64; 2]) -> usize {
    let threads = times.map(|now| {
        let meter = Arc::clone(meter);
        thread::spawn(move || [meter.takes(now), meter.takes(now)].into_iter().filter(|taken| *taken).count())
    });
    threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
}

pub fn threads_take_what_is_due_together() {
    every_order(|| {
        let meter = Arc::new(Meter::new(3.0));
        assert_eq!(taken(&meter, [NOW, NOW]), 3, "a second's worth, not one more, not one less");
        let later = NOW + SECOND / 3 + 1;
        assert!(meter.takes(later) && !meter.takes(later), "a third of a second later one");
    });
}

/// Threads read the clock in one order and come in another.
pub fn whoever_read_the_clock_earlier_changes_nothing() {
    every_order(|| {
        let meter = Arc::new(Meter::new(3.0));
        assert!(meter.takes(NOW) && meter.takes(NOW) && meter.takes(NOW));
        let later = NOW + 2 * SECOND / 3 + 2;
        assert_eq!(taken(&meter, [later, later + 1]), 2, "two thirds of a second later two");
        assert!(!meter.takes(later + 2));
    });
}
