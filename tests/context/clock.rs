//! Times from a clock.

use crate::support::{Hand, bare, record};
use std::sync::Mutex;
use throughline::Clock;
use tracing::{info, info_span};

/// A clock that runs backwards.
struct Backwards(Mutex<u64>);

impl Clock for Backwards {
    fn now_unix_nanos(&self) -> u64 {
        let mut now = self.0.lock().expect("not poisoned");
        *now -= 1;
        *now
    }
}

#[test]
fn times_come_from_the_clock_and_a_span_never_ends_before_it_began() {
    let clock = Hand::at(u64::MAX);
    let recording = record(bare().clock(clock), || drop(info_span!("at the end of time").entered()));
    assert_eq!(recording.spans()[0].end_unix_nanos, u64::MAX);
    let recording = record(bare().clock(Backwards(Mutex::new(1000))), || {
        info_span!("s").in_scope(|| info!("e"));
    });
    let span = recording.span("s");
    assert_eq!((span.start_unix_nanos, span.end_unix_nanos), (999, 999));
}
