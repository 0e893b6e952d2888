//! A lap: work in timed stretches with a pause after each, in which the contender exports what it holds.

use std::ops::Range;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::clock;
use crate::contender::{Mode, Running};
use crate::work::Work;

/// Spans of a timed stretch: few enough for every contender's queue (the smallest is the batch processor's, of
/// 2,048), enough to hide the reading of the clock.
const STRETCH_SPANS: u64 = 1_650;
/// The same where threads share the cores: enough for them to get in each other's way, too many for 2,048.
pub const SHARED_STRETCH_SPANS: u64 = 5_500;

/// What the timed stretches of one thread took in all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lap {
    /// Spans made.
    pub spans: u64,
    /// CPU time of the thread.
    pub cpu: Duration,
    /// Time on the wall, the thread's own.
    pub wall: Duration,
}

// === impl Lap ===

impl Lap {
    /// CPU time for each span, in nanoseconds.
    #[must_use]
    pub fn cpu_nanos(&self) -> f64 {
        self.cpu.as_nanos() as f64 / self.spans as f64
    }

    /// Time on the wall for each span, in nanoseconds.
    #[must_use]
    pub fn wall_nanos(&self) -> f64 {
        self.wall.as_nanos() as f64 / self.spans as f64
    }

    fn stretch(&mut self, request: fn(i64), work: Work, spans: u64) -> Range<Instant> {
        let requests = spans / work.spans();
        let (start, cpu) = (Instant::now(), clock::thread_cpu());
        for number in 0..requests {
            request(number as i64);
        }
        self.cpu += clock::thread_cpu() - cpu;
        let end = Instant::now();
        self.wall += end - start;
        self.spans += requests * work.spans();
        start..end
    }
}

/// Runs this many stretches on this thread.
#[must_use]
pub fn alone(running: &Running, work: Work, stretches: u64) -> Lap {
    let mut lap = Lap::default();
    for _ in 0..stretches {
        lap.stretch(running.request(work), work, STRETCH_SPANS);
        running.settle();
    }
    lap
}

/// Threads at once: how many, and what each does.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    /// Threads.
    pub threads: u64,
    /// The kind of request.
    pub work: Work,
    /// Spans of a stretch, on each thread.
    pub stretch_spans: u64,
}

/// Runs this many stretches on each thread of the crowd, all at once. Returns their laps and the time on the
/// wall in all: of each stretch, from the first start to the last end.
#[must_use]
pub fn together(running: &Running, mode: Mode, crowd: Crowd, stretches: u64) -> (Vec<Lap>, Duration) {
    let Crowd { threads, work, stretch_spans } = crowd;
    let barrier = Barrier::new(usize::try_from(threads + 1).expect("threads fit"));
    let runner = || {
        let _default = running.install_on_thread(mode);
        let mut lap = Lap::default();
        let mut times = Vec::new();
        for _ in 0..stretches {
            barrier.wait();
            times.push(lap.stretch(running.request(work), work, stretch_spans));
            barrier.wait();
        }
        (lap, times)
    };
    let (laps, times): (Vec<Lap>, Vec<Vec<Range<Instant>>>) = thread::scope(|scope| {
        let runners: Vec<_> = (0..threads).map(|_| scope.spawn(runner)).collect();
        for _ in 0..stretches {
            running.settle();
            barrier.wait();
            barrier.wait();
        }
        runners.into_iter().map(|runner| runner.join().expect("a runner does not panic")).unzip()
    });
    (laps, (0..stretches as usize).map(|stretch| span_of(&times, stretch)).sum())
}

fn span_of(times: &[Vec<Range<Instant>>], stretch: usize) -> Duration {
    let start = times.iter().map(|thread| thread[stretch].start).min();
    let end = times.iter().map(|thread| thread[stretch].end).max();
    start.zip(end).map_or(Duration::ZERO, |(start, end)| end - start)
}
