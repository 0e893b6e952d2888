//! Deadlines hold under every fault, also on a machine that has too much to do.

use crate::flush::block_on;
use crate::ledger::{spans, started};
use crate::support::bare;
use crate::support::collector::{Collector, Reply};
use std::future::Future;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use throughline::{Batch, BoxFuture, Builder, Error, Exporter, Guard, Outcome};

const DEADLINE: Duration = Duration::from_millis(300);
/// So late an answer may come.
const LATE: Duration = Duration::from_millis(250);
/// Nothing here blocks longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is wrong, and how long that goes on.
struct Fault {
    name: &'static str,
    builder: Builder,
    _lasts: Lasts,
}

type Lasts = Box<dyn std::any::Any + Send>;

/// Blocks threads until it is dropped.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

struct Opens(Gate);

// === impl Gate ===

impl Gate {
    fn wait(&self) {
        let (open, opened) = &*self.0;
        let guard = open.lock().unwrap_or_else(PoisonError::into_inner);
        drop(opened.wait_timeout_while(guard, PATIENCE, |open| !*open));
    }
}

impl Drop for Opens {
    fn drop(&mut self) {
        let (open, opened) = &*self.0.0;
        *open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        opened.notify_all();
    }
}

/// An exporter with one of these faults.
#[derive(Clone, Copy, PartialEq)]
enum Fails {
    BlocksInCall,
    BlocksInPoll,
    BlocksInDrop,
    BlocksAndSaysSo,
    NeverResolves,
    PanicsInCall,
    PanicsInPoll,
    PanicsWhenAsked,
}

struct Failing(Fails, Gate);

struct Failed(Fails, Gate);

// === impl Failing ===

impl Exporter for Failing {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        match self.0 {
            Fails::BlocksInCall | Fails::BlocksAndSaysSo => self.1.wait(),
            Fails::PanicsInCall => std::panic::resume_unwind(Box::new("in the call")),
            _ => {}
        }
        Box::pin(Failed(self.0, self.1.clone()))
    }

    fn blocks(&self) -> bool {
        if self.0 == Fails::PanicsWhenAsked {
            std::panic::resume_unwind(Box::new("when asked"));
        }
        self.0 == Fails::BlocksAndSaysSo
    }
}

impl Future for Failed {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Outcome> {
        match self.0 {
            Fails::BlocksInPoll => self.1.wait(),
            Fails::NeverResolves => return Poll::Pending,
            Fails::PanicsInPoll => std::panic::resume_unwind(Box::new("in the poll")),
            _ => {}
        }
        Poll::Ready(Outcome::Accepted)
    }
}

impl Drop for Failed {
    fn drop(&mut self) {
        if self.0 == Fails::BlocksInDrop {
            self.1.wait();
        }
    }
}

fn exporter(name: &'static str, fails: Fails) -> Fault {
    let gate = Gate::default();
    let builder = bare().exporter(Failing(fails, gate.clone()));
    Fault { name, builder, _lasts: Box::new(Opens(gate)) }
}

fn collector(name: &'static str, reply: fn() -> Reply) -> Fault {
    let collector = Collector::answering(move |_| reply());
    Fault { name, builder: bare().endpoint(collector.url()), _lasts: Box::new(collector) }
}

/// A server of its own kind: `serve` has each connection.
fn server(name: &'static str, serve: fn(TcpStream)) -> Fault {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || serve(connection));
        }
    });
    Fault { name, builder: bare().endpoint(url), _lasts: Box::new(()) }
}

fn never_accepts() -> Fault {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    Fault { name: "never accepts", builder: bare().endpoint(url), _lasts: Box::new(listener) }
}

/// A byte at a time, for ever.
fn drips(mut connection: TcpStream) {
    let mut answer =
        b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n".iter().chain(std::iter::repeat(&b'x'));
    while connection.write_all(&[*answer.next().expect("endless")]).is_ok() {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Closed with what was sent unread: the other side gets a reset.
fn resets(mut connection: TcpStream) {
    let _ = connection.read(&mut [0]);
}

fn faults() -> Vec<Fault> {
    vec![
        collector("hangs", || Reply::Never),
        collector("is busy", || Reply::Status(503)),
        collector("asks for a long wait", || Reply::Full {
            status: 429,
            header: ("Retry-After", "3600".to_owned()),
            body: Vec::new(),
        }),
        server("drips", drips),
        server("resets", resets),
        never_accepts(),
        Fault { name: "is not there", builder: bare().endpoint("http://127.0.0.1:1"), _lasts: Box::new(()) },
        exporter("blocks in export", Fails::BlocksInCall),
        exporter("blocks in its future", Fails::BlocksInPoll),
        exporter("blocks in its future's drop", Fails::BlocksInDrop),
        // As a name look-up does that hangs: on a thread beside the worker's.
        exporter("blocks and says so", Fails::BlocksAndSaysSo),
        exporter("never resolves", Fails::NeverResolves),
        exporter("panics in export", Fails::PanicsInCall),
        exporter("panics in its future", Fails::PanicsInPoll),
        exporter("panics when it is asked", Fails::PanicsWhenAsked),
        #[cfg(unix)]
        spooled("is not there, and there is a spool", |folder| folder.to_owned()),
        #[cfg(unix)]
        spooled("is not there, and the spool cannot be made", |folder| {
            folder.join("of-a-file").join("spool")
        }),
    ]
}

/// Nobody listens, and what is finished lies in a spool, if there is one.
#[cfg(unix)]
fn spooled(name: &'static str, place: fn(&std::path::Path) -> std::path::PathBuf) -> Fault {
    struct Folder(std::path::PathBuf);
    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
    let name_of_folder = format!("throughline-deadlines-{}-{}", std::process::id(), name.len());
    let folder = Folder(std::env::temp_dir().join(name_of_folder));
    std::fs::create_dir_all(&folder.0).expect("a folder");
    std::fs::write(folder.0.join("of-a-file"), "in the way").expect("a file");
    let builder = bare().endpoint("http://127.0.0.1:1").spool(place(&folder.0)).queue_bytes(1 << 20);
    Fault { name, builder, _lasts: Box::new(folder) }
}

type Wait = (&'static str, fn(&Guard) -> Result<(), Error>);

/// What has a deadline. None of these has a runtime.
const WAITS: [Wait; 3] = [
    ("flush", |guard| guard.flush(DEADLINE)),
    ("Flusher::flush", |guard| block_on(guard.flusher().flush(DEADLINE))),
    ("shutdown", |guard| guard.shutdown(DEADLINE)),
];

/// Keeps twice as many threads busy as there are processors.
struct Load(Arc<AtomicBool>);

// === impl Load ===

impl Load {
    fn new() -> Load {
        let done = Arc::new(AtomicBool::new(false));
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..2 * processors {
            let done = Arc::clone(&done);
            std::thread::spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        Load(done)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn every_deadline_holds_under_every_fault_on_a_loaded_machine() {
    let _load = Load::new();
    let failures: Vec<_> = std::thread::scope(|scope| {
        let faults: Vec<_> = faults().into_iter().map(|fault| scope.spawn(|| late(fault))).collect();
        faults.into_iter().flat_map(|fault| fault.join().expect("no panic")).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What does not end as it should, or not in time.
fn late(fault: Fault) -> Vec<String> {
    let Fault { name, builder, _lasts } = fault;
    let (dispatch, guard) = started(builder);
    let mut failures = Vec::new();
    for (what, wait) in WAITS {
        spans(&dispatch, 2);
        let begun = Instant::now();
        let result = wait(&guard);
        let took = begun.elapsed();
        if result.is_ok() || took > DEADLINE + LATE {
            failures.push(format!("{what}, where it {name}: {result:?} after {took:?}"));
        }
    }
    let begun = Instant::now();
    drop(guard);
    if begun.elapsed() > LATE {
        failures.push(format!("drop, where it {name}: after {:?}", begun.elapsed()));
    }
    failures
}

#[test]
fn an_exporter_that_blocks_the_workers_thread_is_named_and_then_has_one_of_its_own() {
    let lines = crate::support::Lines::default();
    let gate = Gate::default();
    let (layer, guard) = bare()
        .schedule_delay(Duration::from_secs(3600))
        .exporter(Failing(Fails::BlocksInCall, gate.clone()))
        .build()
        .expect("valid settings");
    let dispatch = told_to(&lines, layer);
    spans(&dispatch, 1);
    let error = guard.flush(Duration::from_millis(1200)).expect_err("it blocks");
    let text = error.to_string();
    assert!(
        error.is_timeout() && text.contains("export of custom has blocked the worker's thread for 1."),
        "{text}"
    );
    drop(Opens(gate.clone()));
    guard.flush(PATIENCE).expect("it blocks no longer");
    assert!(lines.with("thread of its own").contains("Exporter::blocks"), "{}", lines.text());
    // It blocks again, and now the worker still keeps the time.
    *gate.0.0.lock().expect("nobody panics") = false;
    spans(&dispatch, 1);
    let error = guard.flush(DEADLINE).expect_err("it blocks");
    assert!(error.is_timeout() && !error.to_string().contains("worker's thread"), "{error}");
    drop(Opens(gate));
    guard.shutdown(PATIENCE).expect("it blocks no longer");
    assert_eq!(guard.stats().exporters[0].exported, 2);
}

fn told_to(lines: &crate::support::Lines, layer: throughline::Layer) -> tracing::Dispatch {
    use tracing_subscriber::{fmt, prelude::*, registry};
    let (lines, writer) = (lines.clone(), fmt::layer().with_ansi(false));
    tracing::Dispatch::new(registry().with(layer).with(writer.with_writer(move || lines.clone())))
}
