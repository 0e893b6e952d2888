//! Requests at a given rate, or as fast as one thread can.

use std::thread;
use std::time::{Duration, Instant};

use crate::contender::Running;
use crate::work::Work;

const STEP: Duration = Duration::from_millis(1);
const WORK: Work = Work::Rich;

/// Makes rich requests for `time` and returns the number of their spans. With a rate, in spans a second, it
/// sleeps to the next millisecond whenever it has made what is due; with rate 0 it never sleeps.
#[must_use]
pub fn run(running: &Running, rate: u64, time: Duration) -> u64 {
    let requests = if rate == 0 { at_full_speed(running, time) } else { paced(running, rate, time) };
    requests * WORK.spans()
}

fn paced(running: &Running, rate: u64, time: Duration) -> u64 {
    let request = running.request(WORK);
    let per_second = rate as f64 / WORK.spans() as f64;
    let start = Instant::now();
    let mut done = 0;
    for step in 1.. {
        let elapsed = start.elapsed().min(time);
        let due = (elapsed.as_secs_f64() * per_second) as u64;
        (done..due).for_each(|number| request(number as i64));
        done = done.max(due);
        if elapsed == time {
            break;
        }
        thread::sleep((STEP * step).saturating_sub(start.elapsed()));
    }
    done
}

fn at_full_speed(running: &Running, time: Duration) -> u64 {
    /// Requests between two looks at the clock.
    const BURST: u64 = 100;
    let request = running.request(WORK);
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < time {
        (done..done + BURST).for_each(|number| request(number as i64));
        done += BURST;
    }
    done
}
