//! Full segments on their way to the worker, and its wake when enough of them wait.
//!
//! Modelled: `Recorder::hand_over`, which wakes the worker each time that a whole step more bytes wait.

use super::every_order;
use crate::buffer::queue::Queue;
use crate::buffer::segment::Segment;
use crate::sync::Notify;
use loom::sync::Arc;
use loom::thread;

const STEP: usize = 10;

#[derive(Default)]
struct Recorder {
    queue: Queue,
    wake: Notify,
}

impl Recorder {
    fn hand_over(&self, segment: Segment) {
        let length = segment.length();
        let waiting = self.queue.push(segment);
        if (waiting - length) / STEP != waiting / STEP {
            self.wake.notify_one();
        }
    }

    fn take(&self) -> Vec<usize> {
        let mut taken = Vec::new();
        self.queue.take_into(&mut taken);
        taken.iter().map(Segment::length).collect()
    }
}

pub fn each_segment_is_taken_once_and_enough_of_them_never_wait_unnoticed() {
    every_order(|| {
        let recorder = Arc::new(Recorder::default());
        let others = [[6, 7], [8, 9]].map(|lengths| {
            let recorder = Arc::clone(&recorder);
            thread::spawn(move || lengths.into_iter().for_each(|length| recorder.hand_over(Segment(length))))
        });
        let mut taken = if recorder.wake.take() { recorder.take() } else { Vec::new() };
        others.into_iter().for_each(|other| other.join().expect("no panic"));
        let woken = recorder.wake.take();
        let rest = recorder.take();
        assert!(woken || rest.iter().sum::<usize>() < STEP, "{rest:?} wait, and the worker sleeps");
        taken.extend(rest);
        taken.sort_unstable();
        assert_eq!(taken, [6, 7, 8, 9]);
    });
}
