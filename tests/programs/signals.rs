//! Signals that end a program.

use crate::driver::{Ends, Program, Shape, names};
use crate::forks::{fork, wait};
use crate::support::collector::{Collector, Reply};
use libc::{SIGINT, SIGTERM};
use std::sync::mpsc::channel;
use std::time::Duration;
use throughline::Guard;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info_span;

const DEADLINE: Duration = Duration::from_secs(2);
const LONG: Duration = Duration::from_secs(60);

pub(crate) const SHAPES: &[Shape] = &[
    Shape { name: "watches", main: watches, ends: Ends::Signal(SIGTERM), delivers: &["finished", "open"] },
    Shape { name: "watches for long", main: watches_for_long, ends: Ends::Signal(SIGINT), delivers: &[] },
    Shape { name: "has a handler already", main: handler_before, ends: Ends::Code(7), delivers: &["work"] },
    Shape { name: "sets a handler later", main: handler_after, ends: Ends::Code(7), delivers: &["work"] },
    Shape {
        name: "ends while it watches",
        main: ends_meanwhile,
        ends: Ends::Code(0),
        delivers: &["finished"],
    },
    Shape { name: "forks while it watches", main: forks, ends: Ends::Code(0), delivers: &["of a child"] },
    Shape { name: "ignores them", main: ignores, ends: Ends::Code(0), delivers: &["work"] },
];

fn init() -> Guard {
    throughline::init().expect("valid settings")
}

fn ready() {
    println!("ready");
}

/// As a program that serves, until a signal ends it.
fn serve() -> ! {
    ready();
    loop {
        std::thread::park();
    }
}

fn watches() {
    let guard = init();
    guard.shutdown_on_signals(DEADLINE).expect("nobody else has them");
    guard.shutdown_on_signals(LONG).expect("once more");
    drop(info_span!("finished"));
    let _open = info_span!("open").entered();
    serve();
}

fn watches_for_long() {
    let guard = init();
    guard.shutdown_on_signals(LONG).expect("nobody else has them");
    drop(info_span!("work"));
    serve();
}

/// Its `main` ends while the signal is being heeded.
fn ends_meanwhile() {
    let guard = init();
    guard.shutdown_on_signals(LONG).expect("nobody else has them");
    drop(info_span!("finished"));
    ready();
    while guard.stats().refused.shutdown == 0 {
        drop(info_span!("until it is shut down"));
        std::thread::sleep(Duration::from_millis(1));
    }
    println!("ending");
}

/// A signal to a child is no signal to its parent, whether the child has recorded something or not.
fn forks() {
    let guard = init();
    guard.shutdown_on_signals(DEADLINE).expect("nobody else has them");
    drop(info_span!("of the parent"));
    for records in [false, true] {
        let child = fork(|| {
            if records {
                drop(info_span!("of a child"));
            }
            // SAFETY: it comes to this process.
            unsafe { libc::raise(SIGTERM) };
            std::thread::sleep(LONG);
            0
        });
        assert_eq!(wait(child, LONG), 100 + SIGTERM);
    }
    assert_eq!((guard.stats().started, guard.stats().refused.shutdown), (1, 0), "{}", guard.stats());
    // What the parent has is not asked for.
    std::process::exit(0);
}

/// Waits for the signal as a server does that ends gracefully.
fn gracefully(before: impl FnOnce(), after: impl FnOnce()) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        before();
        let mut terminate = signal(SignalKind::terminate()).expect("a handler");
        let mut interrupt = signal(SignalKind::interrupt()).expect("a handler");
        after();
        ready();
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    });
}

fn handler_before() {
    let guard = init();
    drop(info_span!("work"));
    gracefully(
        || {},
        || {
            assert!(guard.shutdown_on_signals(DEADLINE).expect_err("they are the program's").is_config());
        },
    );
    assert_eq!(guard.stats().finished, 1);
    guard.flush(LONG).expect("nobody has shut it down");
    std::process::exit(7);
}

fn handler_after() {
    let guard = init();
    drop(info_span!("work"));
    gracefully(|| guard.shutdown_on_signals(DEADLINE).expect("nobody else has them"), || {});
    guard.flush(LONG).expect("nobody has shut it down");
    std::process::exit(7);
}

fn ignores() {
    // SAFETY: it takes any number.
    unsafe {
        libc::signal(SIGTERM, libc::SIG_IGN);
        libc::signal(SIGINT, libc::SIG_IGN);
    }
    let guard = init();
    assert!(guard.shutdown_on_signals(DEADLINE).expect_err("they are ignored").is_config());
    drop(info_span!("work"));
    ready();
    // SAFETY: as above; it comes to this process.
    unsafe { libc::raise(SIGTERM) };
}

fn started(name: &str, collector: &Collector) -> Program {
    let program = Program::start(name, collector);
    program.says("ready");
    program
}

pub(crate) fn a_signal_delivers() {
    for signal in [SIGTERM, SIGINT] {
        let collector = Collector::accepting();
        let program = started("watches", &collector);
        program.signal(signal);
        let ended = program.end();
        assert_eq!(ended.ends, Ends::Signal(signal), "{}", ended.errors);
        assert_eq!(names(&collector), ["finished", "open"]);
    }
}

pub(crate) fn a_handler_is_left_alone() {
    for name in ["has a handler already", "sets a handler later"] {
        let collector = Collector::accepting();
        let program = started(name, &collector);
        program.signal(SIGTERM);
        let ended = program.end();
        assert_eq!(
            (ended.ends, names(&collector)),
            (Ends::Code(7), vec!["work".to_owned()]),
            "{}",
            ended.errors
        );
    }
    let collector = Collector::accepting();
    let ended = Program::start("ignores them", &collector).end();
    assert_eq!((ended.ends, names(&collector)), (Ends::Code(0), vec!["work".to_owned()]), "{}", ended.errors);
}

pub(crate) fn the_end_waits_for_it() {
    let (release, held) = channel();
    let collector = Collector::scripted(vec![Reply::Hold(held)]);
    let mut program = started("ends while it watches", &collector);
    program.signal(SIGTERM);
    program.says("ending");
    collector.wait_for(1);
    assert!(program.still_runs(Duration::from_millis(300)), "it has ended with its spans under way");
    release.send(()).expect("the collector waits");
    let ended = program.end();
    assert!(
        [Ends::Code(0), Ends::Signal(SIGTERM)].contains(&ended.ends),
        "{:?}: {}",
        ended.ends,
        ended.errors
    );
    assert!(names(&collector).contains(&"finished".to_owned()));
}

pub(crate) fn a_child_is_not_its_parent() {
    let collector = Collector::accepting();
    let ended = Program::start("forks while it watches", &collector).end();
    assert_eq!(
        (ended.ends, names(&collector)),
        (Ends::Code(0), vec!["of a child".to_owned()]),
        "{}",
        ended.errors
    );
}

pub(crate) fn a_second_signal() {
    let collector = Collector::answering(|_| Reply::Never);
    let program = started("watches for long", &collector);
    program.signal(SIGINT);
    collector.wait_for(1);
    program.signal(SIGINT);
    let ended = program.end();
    assert_eq!(ended.ends, Ends::Signal(SIGINT), "{}", ended.errors);
    assert!(ended.took < LONG / 2, "{:?}", ended.took);
}

pub(crate) fn a_collector_that_hangs() {
    let collector = Collector::answering(|_| Reply::Never);
    let program = started("watches", &collector);
    program.signal(SIGTERM);
    let ended = program.end();
    assert_eq!(ended.ends, Ends::Signal(SIGTERM), "{}", ended.errors);
    assert!(ended.took < LONG / 2, "{:?}", ended.took);
}
