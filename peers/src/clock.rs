//! CPU time: what the machine's other tenants do not disturb, as they do the wall clock.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// CPU time, user and system, that this thread has used.
#[must_use]
pub fn thread_cpu() -> Duration {
    read(ClockId::ThreadCPUTime)
}

/// CPU time, user and system, that all threads of this process have used, ended ones included.
#[must_use]
pub fn process_cpu() -> Duration {
    read(ClockId::ProcessCPUTime)
}

fn read(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).expect("CPU time is not negative")
}
