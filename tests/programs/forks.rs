//! Programs that fork: by many threads under full load, in every manner in which a child may end.

pub(crate) mod metrics;
pub(crate) mod sampling;

use crate::driver::{BOUND, Ends, Program, Shape, resource};
use crate::support::collector::Collector;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};
use throughline::{Batch, BoxFuture, Builder, Events, Exporter, Guard, Outcome, SpanExt};
use tracing::{Span, info, info_span};

const LONG: Duration = Duration::from_secs(60);
/// Forks, and the spans that each child records where it records any.
const FORKS: usize = 40;
const SPANS: usize = 3;
/// Threads that record as fast as they can.
const BUSY: usize = 4;

pub(crate) const SHAPES: &[Shape] = &[
    Shape { name: "forks under full load", main: forks_under_load, ends: Ends::Code(0), delivers: &[] },
    Shape { name: "forks with a spool", main: forks_with_a_spool, ends: Ends::Code(0), delivers: &[] },
    Shape { name: "logs in a child", main: logs_in_a_child, ends: Ends::Code(0), delivers: &[] },
    Shape { name: "forks in a span", main: forks_in_a_span, ends: Ends::Code(0), delivers: &[] },
    Shape {
        name: "forks as the sampler changes",
        main: sampling::changes,
        ends: Ends::Code(0),
        delivers: &[],
    },
    Shape { name: "metrics in a child", main: metrics::of_a_child, ends: Ends::Code(0), delivers: &[] },
    Shape { name: "a tail in a child", main: sampling::a_tail, ends: Ends::Code(0), delivers: &[] },
];

/// How a child lives and ends.
type Life = (&'static str, fn(Guard) -> i32);

const LIVES: &[Life] = &[
    ("flushes", |guard| {
        record();
        guard.flush(LONG).map_or(10, |()| 0)
    }),
    ("drops the guard", |guard| {
        record();
        drop(guard);
        0
    }),
    ("shuts down on another thread", |guard| {
        let work = throughline::in_current_span(record);
        let thread = thread::spawn(move || {
            work();
            guard.shutdown(LONG)
        });
        thread.join().expect("no panic").map_or(11, |()| 0)
    }),
    ("flushes in a runtime", |guard| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            record();
            guard.flush_async().await.map_or(12, |()| 0)
        })
    }),
    ("forks again", |guard| {
        let first = fork(|| {
            record();
            guard.flush(LONG).map_or(13, |()| 0)
        });
        wait(first, LONG)
    }),
    ("says nothing", |guard| {
        let still = guard.flush(LONG).is_ok() && guard.stats().is_balanced() && guard.stats().started == 0;
        drop(guard);
        if still { 0 } else { 14 }
    }),
    ("_exit", |guard| {
        std::mem::forget(guard);
        // SAFETY: it does not return.
        unsafe { libc::_exit(0) }
    }),
    ("exec", |guard| {
        std::mem::forget(guard);
        let path = c"/bin/true";
        // SAFETY: a path, and a list of arguments that ends with null.
        unsafe { libc::execv(path.as_ptr(), [path.as_ptr(), std::ptr::null()].as_ptr()) };
        15
    }),
];

/// The lives in which spans are recorded, by one process each.
const RECORDING: usize = 5;

/// Of the next child.
static LIFE: AtomicUsize = AtomicUsize::new(0);

fn record() {
    let name = LIVES[LIFE.load(Ordering::Relaxed)].0;
    for _ in 0..SPANS {
        info_span!("of a child", otel.name = name).in_scope(throughline::current_context);
    }
}

/// Runs `child` in a forked process, which ends with its result.
pub(crate) fn fork(child: impl FnOnce() -> i32) -> i32 {
    // SAFETY: what the child does is what is tested.
    match unsafe { libc::fork() } {
        0 => {
            let code = std::panic::catch_unwind(std::panic::AssertUnwindSafe(child)).unwrap_or(16);
            std::process::exit(code)
        }
        process => {
            assert!(process > 0, "{}", std::io::Error::last_os_error());
            process
        }
    }
}

/// The code that a child ends with; one that takes longer is killed.
pub(crate) fn wait(process: i32, longest: Duration) -> i32 {
    let (begun, mut status) = (Instant::now(), 0);
    // SAFETY: a child of this process, and a place for its status.
    while unsafe { libc::waitpid(process, &raw mut status, libc::WNOHANG) } == 0 {
        if begun.elapsed() > longest {
            // SAFETY: as above.
            unsafe { libc::kill(process, libc::SIGKILL) };
            return 17;
        }
        thread::sleep(Duration::from_millis(1));
    }
    if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 100 + libc::WTERMSIG(status) }
}

fn forks() -> usize {
    let soak = std::env::var("THROUGHLINE_SOAK").ok().and_then(|it| it.parse().ok()).unwrap_or(1_usize);
    FORKS * soak
}

/// Takes every lock that recording takes, all the time, mostly without leaving anything to deliver.
fn busily(done: &AtomicBool, others: &SyncSender<Span>) {
    let mut round = 0_u64;
    while !done.load(Ordering::Relaxed) {
        let span = info_span!("busy", round);
        span.in_scope(throughline::current_context);
        if round.is_multiple_of(8) {
            // Closed on another thread.
            let _ = others.try_send(span);
        }
        round += 1;
    }
}

fn forks_under_load() {
    fork_under_load(|builder| builder);
}

/// Each process has files of its own, and none stays: what a child wrote into its parent's would come twice.
fn forks_with_a_spool() {
    let folder = std::env::temp_dir().join(format!("throughline-forks-{}", std::process::id()));
    fork_under_load(|builder| builder.spool(&folder));
    let begun = Instant::now();
    let left = || std::fs::read_dir(&folder).expect("a folder").count();
    while left() > 0 && begun.elapsed() < LONG {
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(left(), 0, "files in {}", folder.display());
    std::fs::remove_dir(&folder).expect("it is empty");
}

fn fork_under_load(tune: impl FnOnce(Builder) -> Builder) {
    let builder = throughline::builder().sampler(throughline::Sampler::ratio(0.01)).queue_bytes(1 << 20);
    let builder = builder.request_bytes(16 << 10).schedule_delay(Duration::from_millis(5));
    let guard = Arc::new(install(tune(builder)));
    let done = Arc::new(AtomicBool::new(false));
    let (others, spans) = sync_channel(64);
    let closes = thread::spawn(move || spans.iter().for_each(drop));
    let start = |_| {
        let (done, others) = (Arc::clone(&done), others.clone());
        thread::spawn(move || busily(&done, &others))
    };
    let busy: Vec<_> = (0..BUSY).map(start).collect();
    drop(others);
    let asks = {
        let (guard, done) = (Arc::clone(&guard), Arc::clone(&done));
        thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                let _ = guard.flush(LONG);
                assert!(guard.stats().exporters.len() == 1);
            }
        })
    };
    let forks_too = {
        let done = Arc::clone(&done);
        thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                // Layers come and go, and another thread forks.
                let built = throughline::builder().exporter(Nowhere).build().expect("valid settings");
                // SAFETY: it does not return.
                assert_eq!(wait(fork(|| unsafe { libc::_exit(0) }), LONG), 0);
                drop(built);
            }
        })
    };
    for number in 0..forks() {
        LIFE.store(number % LIVES.len(), Ordering::Relaxed);
        let (name, life) = LIVES[number % LIVES.len()];
        let code = wait(forked(&guard, life), LONG);
        assert_eq!(code, 0, "child {number}, which {name}");
    }
    done.store(true, Ordering::Relaxed);
    busy.into_iter().for_each(|thread| thread.join().expect("no panic"));
    closes.join().expect("no panic");
    forks_too.join().expect("no panic");
    asks.join().expect("no panic");
    guard.shutdown(LONG).expect("a collector that takes all");
    let stats = guard.stats();
    assert!(stats.is_balanced() && stats.exporters[0].exported == stats.finished, "{stats}");
    println!("finished {}", stats.finished);
}

struct Nowhere;

impl Exporter for Nowhere {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async { Outcome::Accepted })
    }
}

/// In the child the guard is its own: the parent's other handles of it are never dropped there.
fn forked(guard: &Arc<Guard>, life: fn(Guard) -> i32) -> i32 {
    let parent = sampled();
    // Where the load leaves no memory for it, it is refused.
    let recorded = std::iter::repeat_with(|| info_span!("forks"));
    let mut recorded = recorded.filter(|span| span.set_parent(parent.clone()).is_ok());
    let _in = recorded.next().expect("endless").entered();
    fork(|| {
        // SAFETY: the one reference that this thread holds is taken for all of them; no other thread is here that could
        // have another, and none is used again in this process.
        let guard = unsafe { std::ptr::read(Arc::as_ptr(guard)) };
        life(guard)
    })
}

/// The context of a caller that has decided to sample.
fn sampled() -> throughline::Context {
    let headers = HashMap::from([(
        "traceparent".to_owned(),
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
    )]);
    throughline::propagation::extract(&headers)
}

fn install(builder: throughline::Builder) -> Guard {
    use tracing_subscriber::prelude::*;
    let (layer, guard) = builder.build().expect("valid settings");
    tracing_subscriber::registry().with(layer).init();
    guard
}

pub(crate) fn under_full_load() {
    let collector = Collector::accepting();
    let program = Program::start("forks under full load", &collector);
    let finished: usize = program.says("finished").parse().expect("a count");
    let ended = program.end();
    assert_eq!(ended.ends, Ends::Code(0), "{}", ended.errors);
    let (mut ids, mut by_process, mut processes) = (HashSet::new(), BTreeMap::new(), HashMap::new());
    for request in collector.requests().iter().filter(|request| request.accepted) {
        let (instance, process) =
            (resource(request, "service.instance.id"), resource(request, "process.pid"));
        assert_eq!(processes.entry(instance.clone()).or_insert(process.clone()), &process, "one a process");
        for span in request.spans() {
            assert!(ids.insert(span.span_id.clone()), "{} came twice", span.name);
            assert_ne!(span.parent_span_id, span.span_id);
            *by_process.entry((instance.clone(), span.name)).or_insert(0) += 1;
        }
    }
    let mut recording = 0;
    for (name, _) in &LIVES[..RECORDING] {
        let counts: Vec<_> =
            by_process.iter().filter(|((_, of), _)| of == name).map(|(_, count)| *count).collect();
        assert_eq!(
            counts,
            vec![SPANS; forks() / LIVES.len()],
            "{name}: so many instances, so many spans of each"
        );
        recording += counts.len();
    }
    assert_eq!(ids.len() - recording * SPANS, finished, "what the parent finished came once, from it alone");
}

fn forks_in_a_span() {
    let guard = install(throughline::builder());
    info_span!("outer").in_scope(|| {
        let _in = info_span!("inner").entered();
        let child = fork(|| {
            info_span!("in the child").in_scope(|| drop(info_span!("below")));
            let stats = guard.stats();
            let own = (stats.started, stats.finished, stats.open, stats.is_balanced());
            assert_eq!(own, (2, 2, 0, true), "{stats}");
            guard.shutdown(LONG).map_or(10, |()| 0)
        });
        assert_eq!(wait(child, LONG), 0);
    });
    guard.shutdown(LONG).expect("a collector that takes all");
}

/// Log records of no span are enough for a child to have a worker.
fn logs_in_a_child() {
    let guard = install(throughline::builder().events(Events::Logs));
    let child = fork(|| {
        info!("of a child");
        let stats = guard.stats();
        assert_eq!((stats.started, stats.logs.finished, stats.logs.exporters.len()), (0, 1, 1), "{stats}");
        guard.flush(LONG).map_or(10, |()| 0)
    });
    assert_eq!(wait(child, LONG), 0);
}

pub(crate) fn with_log_records() {
    let collector = Collector::accepting();
    let ended = Program::start("logs in a child", &collector).end();
    assert_eq!(ended.ends, Ends::Code(0), "{}", ended.errors);
    let paths: Vec<_> = collector.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/v1/logs"]);
}

pub(crate) fn in_a_span() {
    let collector = Collector::accepting();
    let ended = Program::start("forks in a span", &collector).end();
    assert_eq!(ended.ends, Ends::Code(0), "{}", ended.errors);
    assert!(ended.took < BOUND);
    let spans = collector.accepted();
    assert_eq!(spans.len(), 4, "{spans:?}");
    let named = |name: &str| spans.iter().find(|span| span.name == name).expect("it came");
    let (outer, inner, child, below) =
        (named("outer"), named("inner"), named("in the child"), named("below"));
    for (parent, span) in [(outer, inner), (inner, child), (child, below)] {
        assert_eq!(
            (&span.parent_span_id, &span.trace_id),
            (&parent.span_id, &parent.trace_id),
            "{}",
            span.name
        );
    }
    assert!(outer.parent_span_id.is_empty());
}
