//! The shapes: what a program may run on, and how it may end.

use crate::driver::{Ends, Shape};
use std::cell::RefCell;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;
use throughline::Guard;
use tokio::runtime::{Builder, Runtime};
use tracing::info_span;

/// What those that flush wait at most.
pub(crate) const FLUSH: Duration = Duration::from_secs(5);

const OK: Ends = Ends::Code(0);
const PANIC: Ends = Ends::Code(101);
const ABORT: Ends = Ends::Signal(libc::SIGABRT);

const fn shape(name: &'static str, ends: Ends, delivers: &'static [&'static str], main: fn()) -> Shape {
    Shape { name, main, ends, delivers }
}

pub(crate) const SHAPES: &[Shape] = &[
    shape("no runtime", OK, &["one", "two"], no_runtime),
    shape("threads", OK, &["a", "b", "c"], threads),
    shape("current-thread", OK, &["inside", "outside"], current_thread),
    shape("multi-thread", OK, &["a", "b", "c"], multi_thread),
    shape("guard in a current-thread block_on", OK, &["inside"], guard_in_current_thread),
    shape("guard in a current-thread task", OK, &["inside"], guard_in_a_task),
    shape("guard in a multi-thread block_on", OK, &["inside"], guard_in_multi_thread),
    shape("current-thread without drivers", OK, &["inside"], without_drivers),
    shape("flush_async on a current-thread", OK, &["inside"], flush_async),
    shape("nested runtimes", OK, &["inner", "outer"], nested),
    shape("in spawn_blocking", OK, &["blocking"], in_spawn_blocking),
    shape("after the runtime", OK, &["after", "during"], after_the_runtime),
    shape("after a runtime that was abandoned", OK, &["after", "during"], after_an_abandoned_runtime),
    shape("a span in a drop", OK, &["dropped", "work"], span_in_a_drop),
    shape("the guard in a field", OK, &["in a field"], guard_in_a_field),
    shape("the guard in a static", OK, &["work"], guard_in_a_static),
    shape("the guard in a thread-local of main", OK, &["work"], guard_in_a_thread_local),
    shape("the guard in a thread-local of a thread", OK, &["work"], guard_of_a_thread),
    shape("process::exit after a flush", OK, &["flushed"], exit_after_flush),
    shape("process::exit inside of a runtime", OK, &["flushed"], exit_in_a_runtime),
    shape("a panic in main", PANIC, &["finished", "open"], panic_in_main),
    shape("a panic in main inside of a runtime", PANIC, &["finished", "open"], panic_in_a_runtime),
    shape("a panic of the thread that has the guard", OK, &["finished", "open"], panic_with_the_guard),
    shape("a panic in a task", OK, &["after", "task"], panic_in_a_task),
    shape("abort after a flush", ABORT, &["flushed"], abort_after_flush),
    shape("a second guard after the first", OK, &["first", "second"], two_guards),
];

fn init() -> Guard {
    throughline::init().expect("valid settings")
}

fn work(name: &'static str) {
    drop(info_span!("work", otel.name = name));
}

/// Where the collector hangs, it says so, and the program goes on.
fn flush(guard: &Guard) {
    let _ = guard.flush(FLUSH);
}

fn current() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn several() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

fn no_runtime() {
    let _guard = init();
    work("one");
    work("two");
}

fn threads() {
    let _guard = init();
    let threads = ["a", "b", "c"].map(|name| thread::spawn(move || work(name)));
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
}

fn current_thread() {
    let _guard = init();
    current().block_on(async { work("inside") });
    work("outside");
}

fn multi_thread() {
    let _guard = init();
    several().block_on(async {
        let tasks = ["a", "b", "c"].map(|name| tokio::spawn(async move { work(name) }));
        for task in tasks {
            task.await.expect("no panic");
        }
    });
}

fn guard_in_current_thread() {
    current().block_on(async {
        let _guard = init();
        work("inside");
    });
}

fn guard_in_a_task() {
    let runtime = current();
    let task = runtime.spawn(async {
        let _guard = init();
        tokio::task::yield_now().await;
        work("inside");
    });
    runtime.block_on(task).expect("no panic");
}

fn guard_in_multi_thread() {
    several().block_on(async {
        let _guard = init();
        tokio::spawn(async { work("inside") }).await.expect("no panic");
    });
}

fn without_drivers() {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let guard = init();
        work("inside");
        let _ = guard.flusher().flush(FLUSH).await;
    });
}

fn flush_async() {
    current().block_on(async {
        let guard = init();
        work("inside");
        let _ = guard.flusher().flush(FLUSH).await;
        std::process::exit(0);
    });
}

fn nested() {
    let outer = several();
    outer.block_on(async {
        let guard = init();
        work("outer");
        let inner = tokio::task::spawn_blocking(move || {
            current().block_on(async move {
                work("inner");
                drop(guard);
            });
        });
        inner.await.expect("no panic");
    });
}

fn in_spawn_blocking() {
    let blocking = || {
        let guard = init();
        work("blocking");
        flush(&guard);
    };
    several().block_on(async { tokio::task::spawn_blocking(blocking).await.expect("no panic") });
}

fn after_the_runtime() {
    let guard = init();
    let runtime = several();
    runtime.block_on(async { work("during") });
    drop(runtime);
    work("after");
    flush(&guard);
}

fn after_an_abandoned_runtime() {
    let _guard = init();
    let runtime = several();
    runtime.block_on(async { work("during") });
    runtime.spawn_blocking(|| thread::sleep(Duration::from_secs(600)));
    runtime.shutdown_background();
    work("after");
}

struct Works(&'static str);

impl Drop for Works {
    fn drop(&mut self) {
        work(self.0);
    }
}

fn span_in_a_drop() {
    let _guard = init();
    let _works = Works("dropped");
    work("work");
}

fn guard_in_a_field() {
    struct Service {
        _works: Works,
        _guard: Guard,
    }
    // Fields are dropped in their order.
    let _service = Service { _works: Works("in a field"), _guard: init() };
}

fn guard_in_a_static() {
    static GUARD: OnceLock<Guard> = OnceLock::new();
    // No span is begun in there: the main thread's thread-locals are gone, and with them the registry's.
    extern "C" fn at_exit() {
        let _ = GUARD.get().expect("set").shutdown(FLUSH);
    }
    GUARD.set(init()).expect("once");
    // SAFETY: a plain function that does not unwind.
    assert_eq!(unsafe { libc::atexit(at_exit) }, 0);
    work("work");
}

thread_local! {
    static KEPT: RefCell<Option<Guard>> = const { RefCell::new(None) };
}

fn guard_in_a_thread_local() {
    KEPT.set(Some(init()));
    work("work");
}

fn guard_of_a_thread() {
    let thread = thread::spawn(|| {
        KEPT.set(Some(init()));
        work("work");
    });
    thread.join().expect("no panic");
}

fn exit_after_flush() {
    let guard = init();
    work("flushed");
    flush(&guard);
    work("not flushed");
    std::process::exit(0);
}

fn exit_in_a_runtime() {
    several().block_on(async {
        let guard = init();
        work("flushed");
        flush(&guard);
        tokio::spawn(async { std::process::exit(0) }).await.expect("it ends the process");
    });
}

fn panic_in_main() {
    let _guard = init();
    work("finished");
    let _open = info_span!("open").entered();
    panic!("of main");
}

fn panic_in_a_runtime() {
    let _guard = init();
    several().block_on(async {
        work("finished");
        let _open = info_span!("open").entered();
        panic!("inside of a runtime");
    });
}

fn panic_with_the_guard() {
    let thread = thread::spawn(|| {
        let _guard = init();
        work("finished");
        let _open = info_span!("open").entered();
        panic!("with the guard");
    });
    thread.join().expect_err("it panics");
}

fn panic_in_a_task() {
    let _guard = init();
    several().block_on(async {
        let task = async {
            let _in = info_span!("task").entered();
            panic!("in a task");
        };
        tokio::spawn(task).await.expect_err("it panics");
    });
    work("after");
}

fn abort_after_flush() {
    let guard = init();
    work("flushed");
    flush(&guard);
    work("not flushed");
    std::process::abort();
}

fn two_guards() {
    use tracing_subscriber::prelude::*;
    for name in ["first", "second"] {
        let (layer, _guard) = throughline::builder().build().expect("valid settings");
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || work(name));
    }
}
