//! What the child of a fork samples, by its head and by its tail.

use super::{LONG, fork, forks, install, wait};
use crate::driver::{Ends, Program};
use crate::support::collector::Collector;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use throughline::{JaegerRemote, ParentBased, Sampler, Tail};
use tracing::{error, info_span};

/// A child that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// The lock on the sampler is held nearly all the time by a thread that a child has not.
pub(super) fn changes() {
    let guard = Arc::new(install(throughline::builder().sampler(Sampler::always_off())));
    let done = Arc::new(AtomicBool::new(false));
    let changes = {
        let (guard, done) = (Arc::clone(&guard), Arc::clone(&done));
        // Nobody answers: until somebody does it samples nothing.
        let remote = || JaegerRemote::new("http://127.0.0.1:9").initial(Sampler::always_off());
        thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                let sampler = ParentBased::new(remote()).remote_parent_sampled(remote());
                guard.set_sampler(sampler).expect("a good URL");
            }
        })
    };
    for number in 0..5 * forks() {
        let child = fork(|| {
            info_span!("root").in_scope(throughline::current_context);
            // SAFETY: it does not return. Nobody waits for the worker of this child.
            unsafe { libc::_exit(0) }
        });
        assert_eq!(wait(child, PATIENCE), 0, "child {number}");
    }
    done.store(true, Ordering::Relaxed);
    changes.join().expect("no panic");
    guard.shutdown(LONG).expect("nothing was sampled");
}

/// Each process decides on its own: the child has a part of a trace whose root is the parent's.
pub(super) fn a_tail() {
    let guard = install(throughline::builder().tail(Tail::keep_errors().ratio_of_the_rest(0.0)));
    info_span!("root").in_scope(|| {
        drop(info_span!("held"));
        guard.flush(LONG).expect("nothing is sent yet");
        let child = fork(|| {
            let begun = guard.stats().started;
            info_span!("below").in_scope(|| drop(info_span!("step")));
            drop(info_span!(parent: None, "good"));
            info_span!(parent: None, "bad").in_scope(|| error!("it failed"));
            let flushed = guard.flush(LONG).is_ok();
            let stats = guard.stats();
            let own = (begun, stats.held, stats.finished, stats.tail_dropped, stats.is_balanced());
            assert_eq!(own, (0, 2, 1, 1, true), "{stats}");
            let ended = flushed && guard.shutdown(LONG).is_ok();
            let stats = guard.stats();
            assert_eq!((stats.held, stats.finished, stats.tail_dropped), (0, 1, 3), "{stats}");
            if ended { 0 } else { 10 }
        });
        assert_eq!(wait(child, LONG), 0);
        error!("it failed");
    });
    guard.shutdown(LONG).expect("a collector that takes all");
    let stats = guard.stats();
    assert_eq!((stats.finished, stats.tail_dropped, stats.is_balanced()), (2, 0, true), "{stats}");
}

pub(crate) fn as_the_sampler_changes() {
    let collector = Collector::accepting();
    let ended = Program::start("forks as the sampler changes", &collector).end();
    assert_eq!(ended.ends, Ends::Code(0), "{}", ended.errors);
    assert!(collector.accepted().is_empty());
}

pub(crate) fn with_a_tail() {
    let collector = Collector::accepting();
    let ended = Program::start("a tail in a child", &collector).end();
    assert_eq!(ended.ends, Ends::Code(0), "{}", ended.errors);
    let mut names: Vec<_> = collector.accepted().into_iter().map(|span| span.name).collect();
    names.sort();
    assert_eq!(names, ["bad", "held", "root"]);
}
