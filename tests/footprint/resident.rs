//! What the system has given to the process stays within the bound and 32 MiB.

use crate::child::alone;
use crate::support::{Counted, bare};
use std::hint::black_box;
use std::net::TcpListener;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use throughline::{Builder, Guard, Stats};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::{prelude::*, registry};

const MIB: u64 = 1 << 20;
/// The bound that holds where nothing is said.
const BOUND: u64 = 32 * MIB;
/// What else there may be: requests being sent, buffers kept for reuse, the allocator's own, and the program.
const BESIDE: u64 = 32 * MIB;
const LONG: Duration = Duration::from_secs(60);

/// A line of `/proc/self/status`, in bytes: `VmRSS` what is resident, `VmHWM` the most that ever was.
fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = text.lines().find(|line| line.starts_with(name)).expect("it is there");
    let kib: u64 = line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number");
    kib << 10
}

fn started(builder: Builder) -> (Dispatch, Guard) {
    let (layer, guard) = builder.build().expect("valid settings");
    (Dispatch::new(registry().with(layer)), guard)
}

/// Takes connections and reads nothing, for ever.
fn hung() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    std::thread::spawn(move || {
        let connections: Vec<_> = listener.incoming().collect();
        drop(connections);
    });
    format!("http://{address}")
}

/// Two threads finish spans as fast as they can; the ledger is looked at meanwhile. It goes on for a while after what it
/// is to reach is reached.
fn storm(dispatch: &Dispatch, guard: &Guard, reached: impl Fn(&Stats) -> bool, span: impl Fn(u64) + Sync) {
    let (over, begun) = (AtomicBool::new(false), Instant::now());
    let mut ends = None;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                with_default(dispatch, || {
                    (0..).take_while(|_| !over.load(Ordering::Relaxed)).for_each(&span)
                });
            });
        }
        let mut wrong = None;
        while wrong.is_none() && ends.is_none_or(|ends| Instant::now() < ends) {
            let stats = guard.stats();
            if reached(&stats) && ends.is_none() {
                ends = Some(Instant::now() + longer());
            }
            let late = ends.is_none() && begun.elapsed() > LONG;
            // Told once the threads are over, lest they go on for ever.
            wrong = (late || !stats.is_balanced() || stats.bytes > BOUND).then_some(stats);
            std::thread::sleep(Duration::from_millis(5));
        }
        over.store(true, Ordering::Relaxed);
        assert!(wrong.is_none(), "{}", wrong.unwrap_or_default());
    });
}

fn longer() -> Duration {
    Duration::from_secs(if std::env::var_os("THROUGHLINE_SOAK").is_some() { 30 } else { 1 })
}

#[track_caller]
fn within(what: &str, most: u64, bound: u64) {
    println!("{what}: {} MiB, of {} MiB", most / MIB, bound / MIB);
    assert!(most <= bound, "{what}: {} MiB", most / MIB);
}

#[test]
fn a_storm_while_the_collector_hangs_is_refused_and_not_held() {
    alone("resident::a_storm_while_the_collector_hangs_is_refused_and_not_held", || {
        let (dispatch, guard) = started(bare().endpoint(hung()).gzip(true));
        storm(
            &dispatch,
            &guard,
            |stats| stats.refused.memory > 0,
            |n| {
                info_span!("request", n, path = "/orders/{id}").in_scope(|| info!(n, "served"));
            },
        );
        let stats = guard.stats();
        assert!(stats.refused.memory > 0 && stats.finished > 10_000, "{stats}");
        let begun = Instant::now();
        assert!(guard.shutdown(Duration::from_millis(100)).is_err());
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert!(guard.stats().is_balanced(), "{}", guard.stats());
        within("a storm", status("VmHWM"), BOUND + BESIDE);
    });
}

#[test]
fn spans_of_a_mebibyte_are_held_once() {
    alone("resident::spans_of_a_mebibyte_are_held_once", || {
        let (dispatch, guard) = started(bare().endpoint(hung()).gzip(true));
        // Nothing that gzip could make smaller.
        let mut state = 1_u64;
        let noise: String = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'0' + (state >> 58) as u8)
        })
        .take(1 << 20)
        .collect();
        storm(
            &dispatch,
            &guard,
            |stats| stats.refused.memory > 0,
            |n| drop(black_box(info_span!("large", n, noise))),
        );
        let stats = guard.stats();
        assert!(stats.refused.memory > 0 && stats.finished >= 10, "{stats}");
        within("spans of 1 MiB", status("VmHWM"), BOUND + BESIDE);
    });
}

#[test]
fn a_storm_that_is_delivered_holds_no_more() {
    alone("resident::a_storm_that_is_delivered_holds_no_more", || {
        let counted = Counted::default();
        let (dispatch, guard) = started(bare().exporter(counted.clone()));
        storm(
            &dispatch,
            &guard,
            |stats| stats.finished > 50_000,
            |n| {
                info_span!("request", n, path = "/orders/{id}").in_scope(|| info!(n, "served"));
            },
        );
        guard.flush(LONG).expect("an exporter that takes everything");
        let stats = guard.stats();
        assert_eq!(counted.spans(), stats.finished, "{stats}");
        within("a storm that is delivered", status("VmHWM"), BOUND + BESIDE);
    });
}

#[test]
fn a_thousand_threads_hold_little_each() {
    const THREADS: usize = 1000;
    alone("resident::a_thousand_threads_hold_little_each", || {
        let counted = Counted::default();
        let builder = bare().schedule_delay(Duration::from_millis(100));
        let (dispatch, guard) = started(builder.exporter(counted.clone()));
        let [before, begin, end] = [(); 3].map(|()| Barrier::new(THREADS + 1));
        // All sizes, and for each thread once one that is far larger than the others.
        let text = "x".repeat(60_000);
        let work = |dispatch: &Dispatch, thread: usize| {
            with_default(dispatch, || {
                for n in 0..50_usize {
                    let text = &text[..if n == thread % 50 { 60_000 } else { n * 10 }];
                    info_span!("request", n, text).in_scope(|| info!(n, text, "served {text}"));
                }
            });
        };
        let without = Dispatch::new(registry());
        let (base, most) = std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let run = {
                    let (before, begin, end, work) = (&before, &begin, &end, &work);
                    let (without, dispatch) = (&without, &dispatch);
                    move || {
                        work(without, thread);
                        before.wait();
                        begin.wait();
                        work(dispatch, thread);
                        end.wait();
                        begin.wait();
                    }
                };
                let small = std::thread::Builder::new().stack_size(256 << 10);
                small.spawn_scoped(scope, run).expect("a thread");
            }
            before.wait();
            // The threads themselves, their stacks and what the registry has for each.
            let base = status("VmRSS");
            begin.wait();
            end.wait();
            let most = status("VmRSS");
            begin.wait();
            (base, most)
        });
        guard.flush(LONG).expect("an exporter that takes everything");
        let stats = guard.stats();
        assert!(stats.is_balanced(), "{stats}");
        assert_eq!(counted.spans(), stats.finished, "{stats}");
        println!(
            "{} MiB before, {} MiB by the ledger; {}",
            base / MIB,
            stats.bytes / MIB,
            stats.refused.memory
        );
        within("more with 1,000 threads", most - base, BOUND + BESIDE);
    });
}
