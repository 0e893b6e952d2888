//! Many traces on many threads: the bad ones are known.

use crate::soak;
use crate::support::{attribute, bare, text};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use throughline::wire::Value;
use throughline::{Batch, BoxFuture, Clock, Exporter, Guard, Outcome, Tail, TraceId};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, Span, error, info_span};
use tracing_subscriber::{prelude::*, registry};

const THREADS: u64 = 8;
const SHARE: f64 = 0.1;
const ARENA: usize = 4 << 20;
const QUEUE: usize = 32 << 20;

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(1_700_000_000_000_000_000) };
}

/// Each thread has a time of its own.
struct OwnTime;

// === impl OwnTime ===

impl OwnTime {
    fn pass(time: Duration) {
        NOW.set(NOW.get() + time.as_nanos() as u64);
    }
}

impl Clock for OwnTime {
    fn now_unix_nanos(&self) -> u64 {
        NOW.get()
    }
}

/// What has left of a trace.
#[derive(Clone, Debug, Default)]
struct Left {
    spans: u64,
    /// Of its root.
    number: Option<u64>,
    reason: Option<String>,
    with_share: u64,
}

#[derive(Clone, Default)]
struct Lefts(Arc<Mutex<HashMap<TraceId, Left>>>);

impl Exporter for Lefts {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        let mut lefts = self.0.lock().expect("no test panics with the lock");
        for span in batch.spans() {
            let left = lefts.entry(span.trace_id()).or_default();
            let data = span.to_data().expect("our frames decode");
            left.spans += 1;
            left.with_share += u64::from(data.trace_state == "ot=th:e666");
            if span.is_local_root() {
                left.number = attribute(&data.attributes, "number").and_then(|value| match value {
                    Value::Int(number) => u64::try_from(*number).ok(),
                    _ => None,
                });
                left.reason = text(&data.attributes, "sampling.reason").map(str::to_owned);
            }
        }
        Box::pin(async { Outcome::Accepted })
    }
}

/// What a trace is like, by its number.
#[derive(Clone, Copy)]
struct Plan(u64);

// === impl Plan ===

impl Plan {
    /// The same for the same number in every run.
    fn draw(self, salt: u64, one_in: u64) -> bool {
        let mut mixed = (self.0 ^ salt << 56).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
        (mixed ^ mixed >> 32).is_multiple_of(one_in)
    }

    fn fails(self) -> bool {
        self.draw(1, 100)
    }

    fn fails_elsewhere(self) -> bool {
        self.goes_elsewhere() && self.draw(2, 50)
    }

    fn is_slow(self) -> bool {
        self.draw(3, 100)
    }

    /// A child of it is made on another thread, whose shard is another.
    fn goes_elsewhere(self) -> bool {
        self.draw(4, 4)
    }

    fn reason(self) -> &'static str {
        match () {
            () if self.fails() || self.fails_elsewhere() => "error",
            () if self.is_slow() => "slow",
            () => "ratio",
        }
    }

    fn spans(self) -> u64 {
        4 + u64::from(self.goes_elsewhere())
    }

    fn run(self, neighbour: &SyncSender<(Span, Plan)>) {
        let root = info_span!("root", number = self.0);
        root.in_scope(|| {
            for child in 0..3 {
                let _child =
                    info_span!("child", child, text = "some text that makes it a usual span").entered();
                if child == 1 && self.fails() {
                    error!("it failed");
                }
            }
            if self.is_slow() {
                OwnTime::pass(Duration::from_millis(20));
            }
        });
        if self.goes_elsewhere()
            && let Err(TrySendError::Full((root, plan)) | TrySendError::Disconnected((root, plan))) =
                neighbour.try_send((root, self))
        {
            elsewhere(root, plan);
        }
    }
}

/// The share of a trace that another thread has begun.
fn elsewhere(root: Span, plan: Plan) {
    let _child = info_span!(parent: &root, "elsewhere").entered();
    if plan.fails_elsewhere() {
        error!("it failed elsewhere");
    }
    drop(root);
}

fn work(
    thread: u64,
    each: u64,
    next: &SyncSender<(Span, Plan)>,
    from: &Receiver<(Span, Plan)>,
    guard: &Guard,
) {
    for n in 0..each {
        Plan(thread * each + n).run(next);
        from.try_iter().for_each(|(root, plan)| elsewhere(root, plan));
        if n % 256 == 0 {
            // What is refused for want of memory is no matter of the tail.
            crate::support::until("there is room", || (guard.stats().bytes as usize) < QUEUE / 2);
        }
    }
}

#[test]
fn every_bad_trace_is_kept_whole_and_of_the_rest_the_share() {
    // 10^5 with the usual THROUGHLINE_SOAK of 10.
    let each = 1_250 * soak();
    let all = each * THREADS;
    let tail = Tail::keep_errors()
        .keep_slower_than(Duration::from_millis(10))
        .ratio_of_the_rest(SHARE)
        .arena_bytes(ARENA);
    let lefts = Lefts::default();
    let builder = bare().clock(OwnTime).queue_bytes(QUEUE).schedule_delay(Duration::from_millis(5));
    let (layer, guard) = builder.tail(tail).exporter(lefts.clone()).build().expect("valid settings");
    let (dispatch, done) = (Dispatch::new(registry().with(layer)), AtomicBool::new(false));
    let (mut senders, receivers): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| sync_channel(16)).unzip();
    senders.rotate_left(1);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let stats = guard.stats();
                let tail = stats.tail.expect("there is one");
                assert!(stats.bytes as usize <= QUEUE && tail.bytes as usize <= ARENA, "{stats}");
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let threads: Vec<_> = senders
            .into_iter()
            .zip(receivers)
            .enumerate()
            .map(|(thread, (next, from))| {
                let (dispatch, guard) = (&dispatch, &guard);
                scope.spawn(move || {
                    with_default(dispatch, || {
                        work(thread as u64, each, &next, &from, guard);
                        drop(next);
                        from.into_iter().for_each(|(root, plan)| elsewhere(root, plan));
                    });
                })
            })
            .collect();
        let ended: Vec<_> = threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        watcher.join().expect("the bounds hold");
        assert!(ended.iter().all(Result::is_ok));
    });
    guard.shutdown(Duration::from_secs(60)).expect("an exporter that takes everything");
    check(&lefts.0.lock().expect("no test panics with the lock"), all, &guard);
}

fn check(lefts: &HashMap<TraceId, Left>, all: u64, guard: &Guard) {
    let stats = guard.stats();
    assert!(stats.is_balanced(), "{stats}");
    assert_eq!((stats.refused.total(), stats.held, stats.open), (0, 0, 0), "{stats}");
    let tail = stats.tail.expect("there is one");
    assert_eq!((tail.outgrown, tail.crowded_out, tail.timed_out, tail.late), (0, 0, 0, 0), "{stats}");
    let mut by_chance = 0;
    for left in lefts.values() {
        let plan = Plan(left.number.expect("every trace has its root"));
        assert_eq!(left.spans, plan.spans(), "{left:?} is not whole");
        assert_eq!(left.reason.as_deref(), Some(plan.reason()), "{left:?}");
        assert_eq!(left.with_share, if plan.reason() == "ratio" { plan.spans() } else { 0 }, "{left:?}");
        by_chance += u64::from(plan.reason() == "ratio");
    }
    let bad = (0..all).filter(|number| Plan(*number).reason() != "ratio").count() as u64;
    assert_eq!(lefts.len() as u64 - by_chance, bad, "every bad one");
    assert!(bad > all / 60, "there are bad ones: {bad}");
    // Four deviations: one run in 16,000 is beyond them.
    let rest = (all - bad) as f64;
    let (mean, deviation) = (rest * SHARE, (rest * SHARE * (1.0 - SHARE)).sqrt());
    assert!((by_chance as f64 - mean).abs() < 4.0 * deviation, "{by_chance} of {rest}");
    println!(
        "{all} traces: {bad} bad ones kept, {by_chance} of {rest} others ({mean:.0} ± {deviation:.0})\n{stats}"
    );
}
