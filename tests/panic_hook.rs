//! `record_panics`: the hook is the process's, so these tests have a process of their own.

mod support;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind, set_hook};
use std::sync::{Barrier, Mutex, Once, PoisonError};
use support::{Hand, Recording, attribute, bare, names, text, without_hanging};
use throughline::wire::{Status, StatusCode};
use throughline::{Builder, FutureExt as _, Guard, Limits, Sampler, SpanData, SpanExt};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::{prelude::*, registry};

/// What the program's own hook has heard.
static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The program's own hook is there before the first layer is built.
fn asking() -> Builder {
    static OWN: Once = Once::new();
    OWN.call_once(|| {
        set_hook(Box::new(|info| {
            HEARD.lock().unwrap_or_else(PoisonError::into_inner).push(info.to_string());
            eprintln!("{info}");
        }));
    });
    bare().record_panics(true)
}

fn heard(part: &str) -> usize {
    let heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
    heard.iter().filter(|panic| panic.contains(part)).count()
}

/// What is recorded of a panic that `f` begins and that is caught outside of it.
fn recorded(builder: Builder, f: impl FnOnce()) -> Recording {
    let (layer, recording) = Recording::new(builder);
    with_default(&Dispatch::new(registry().with(layer)), || {
        assert!(catch_unwind(AssertUnwindSafe(f)).is_err());
    });
    assert!(recording.guard.stats().is_balanced());
    recording
}

fn error(message: &str) -> Status {
    Status { code: StatusCode::Error, description: message.to_owned() }
}

#[track_caller]
fn assert_untouched(span: &SpanData) {
    assert_eq!((span.status.clone(), span.events.len()), (Status::default(), 0), "{}", span.name);
}

#[test]
fn a_panic_is_an_exception_of_the_innermost_span_and_an_error_of_all() {
    let clock = Hand::at(3);
    let recording = recorded(asking().clock(clock.clone()), || {
        let _outer = info_span!("outer").entered();
        let _elsewhere = info_span!("not entered");
        info_span!("beside").in_scope(|| ());
        let _inner = info_span!("inner").entered();
        clock.set(8);
        info!("before");
        panic!("out of {}", "cheese");
    });
    let (outer, inner) = (recording.span("outer"), recording.span("inner"));
    assert_eq!((&outer.status, &inner.status), (&error("out of cheese"), &error("out of cheese")));
    assert!(outer.events.is_empty());
    assert_eq!(names(&inner.events), ["before", "exception"]);
    let exception = &inner.events[1];
    assert_eq!(exception.time_unix_nanos, 8);
    assert_eq!(text(&exception.attributes, "exception.type"), Some("panic"));
    assert_eq!(text(&exception.attributes, "exception.message"), Some("out of cheese"));
    let stack = text(&exception.attributes, "exception.stacktrace").expect("always there");
    let place = stack.lines().next().expect("a line");
    assert!(place.starts_with(concat!(file!(), ":")) && place.split(':').count() == 3, "{place}");
    let asked = Backtrace::capture().status() == BacktraceStatus::Captured;
    assert_eq!(stack.lines().count() > 1, asked, "{stack}");
    assert_untouched(&recording.span("not entered"));
    assert_untouched(&recording.span("beside"));
}

#[test]
fn the_hook_of_the_program_is_called_after_ours_once_however_many_layers_there_are() {
    let (first, one) = Recording::new(asking());
    let (second, two) = Recording::new(asking());
    let subscriber = registry().with(first).with(second);
    with_default(&Dispatch::new(subscriber), || {
        let _in = info_span!("in both").entered();
        assert!(catch_unwind(|| panic!("heard once")).is_err());
    });
    assert_eq!(heard("heard once"), 1);
    for recording in [one, two] {
        let span = recording.span("in both");
        assert_eq!((names(&span.events), span.status), (vec!["exception"], error("heard once")));
    }
}

#[test]
fn a_layer_that_did_not_ask_is_told_nothing() {
    let (asked, one) = Recording::new(asking());
    let (silent, two) = Recording::new(bare());
    with_default(&Dispatch::new(registry().with(silent).with(asked)), || {
        let _in = info_span!("in both").entered();
        assert!(catch_unwind(|| panic!("for one")).is_err());
    });
    assert_eq!(one.span("in both").status, error("for one"));
    assert_untouched(&two.span("in both"));
}

#[test]
fn payloads_are_text_or_told_to_be_none() {
    let of = |begin: fn()| {
        let recording = recorded(asking(), || {
            let _in = info_span!("s").entered();
            begin();
        });
        recording.span("s").status.description
    };
    assert_eq!(of(|| panic!("fixed")), "fixed");
    assert_eq!(of(|| panic!("{}", 1 + 1)), "2");
    assert_eq!(of(|| panic_any(7_u8)), "a panic whose payload is no text");
    assert_eq!(of(|| resume_unwind(Box::new("no hook is called"))), "");
}

#[test]
fn a_panic_that_is_caught_has_begun_all_the_same_and_the_next_word_wins() {
    let (layer, recording) = Recording::new(asking());
    with_default(&Dispatch::new(registry().with(layer)), || {
        let span = info_span!("retried").entered();
        for _ in 0..2 {
            assert!(catch_unwind(|| panic!("not yet")).is_err());
        }
        span.set_status(StatusCode::Ok, "");
        let done = info_span!("done").entered();
        done.set_status(StatusCode::Ok, "");
        assert!(catch_unwind(|| panic!("too late")).is_err());
    });
    let (retried, done) = (recording.span("retried"), recording.span("done"));
    assert_eq!(names(&retried.events), ["exception", "exception"]);
    let ok = Status { code: StatusCode::Ok, description: String::new() };
    assert_eq!((retried.status, done.status.clone()), (ok.clone(), ok), "Ok is final, before and after");
    assert_eq!(names(&done.events), ["exception"]);
}

struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("in a {}", "Debug")
    }
}

#[test]
fn a_panic_that_we_catch_ourselves_is_told_in_the_value_alone() {
    struct Broken;
    impl throughline::Clock for Broken {
        fn now_unix_nanos(&self) -> u64 {
            panic!("no time")
        }
    }
    let (layer, recording) = Recording::new(asking().clock(Broken));
    with_default(&Dispatch::new(registry().with(layer)), || {
        let _in = info_span!("s", value = ?Panics).entered();
        info!(value = ?Panics, "event");
    });
    let span = recording.span("s");
    assert_eq!((names(&span.events), span.status), (vec!["event"], Status::default()));
    assert!(text(&span.attributes, "value").is_some_and(|value| value.contains("panicked")));
    assert!(heard("in a Debug") >= 2, "the program's own hook hears all");
}

#[test]
fn a_panic_in_the_debug_of_another_layer_is_one_of_the_program() {
    struct Formats;
    impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Formats {
        fn on_event(&self, _: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
            panic!("a layer's own");
        }
    }
    let (layer, recording) = Recording::new(asking());
    with_default(&Dispatch::new(registry().with(layer).with(Formats)), || {
        let _in = info_span!("s").entered();
        assert!(catch_unwind(|| info!("event")).is_err());
    });
    let span = recording.span("s");
    assert_eq!((names(&span.events), span.status), (vec!["event", "exception"], error("a layer's own")));
}

#[test]
fn texts_are_cut_at_the_limits_and_never_without_bound() {
    let recording = recorded(asking(), || {
        let _in = info_span!("s").entered();
        panic!("{}", "é".repeat(1 << 20));
    });
    let span = recording.span("s");
    assert_eq!(span.status.description.chars().count(), 16 << 10);
    let mut limits = Limits::default();
    (limits.value_length, limits.event_attributes, limits.events) = (4, 2, 1);
    let recording = recorded(asking().limits(limits), || {
        let _in = info_span!("s").entered();
        let _ = catch_unwind(|| panic!("first"));
        panic!("second");
    });
    let span = recording.span("s");
    assert_eq!((span.status, span.dropped_events_count), (error("seco"), 1));
    let exception = &span.events[0];
    assert_eq!(text(&exception.attributes, "exception.message"), Some("firs"));
    assert_eq!(attribute(&exception.attributes, "exception.stacktrace"), None);
    assert_eq!(exception.dropped_attributes_count, 1);
}

#[test]
fn where_there_is_no_memory_the_status_says_it_and_the_event_is_counted() {
    let recording = recorded(asking().queue_bytes(64 << 10), || {
        let _in = info_span!("s").entered();
        let filler = "x".repeat(15 << 10);
        let _rest: Vec<_> = (0..64).map(|_| info_span!("filler", filler = filler.as_str())).collect();
        panic!("{}", "y".repeat(16 << 10));
    });
    let span = recording.span("s");
    assert_eq!((span.status, span.dropped_events_count), (error(""), 1));
}

#[test]
fn unsampled_spans_and_spans_after_shutdown_take_no_harm() {
    let recording = recorded(asking().sampler(Sampler::ratio(0.0)), || {
        let root = info_span!("root").entered();
        assert!(root.context().is_valid(), "decided with that");
        panic!("unheard");
    });
    assert_eq!((recording.spans().len(), recording.guard.stats().unsampled), (0, 1));
    let (layer, recording) = Recording::new(asking());
    with_default(&Dispatch::new(registry().with(layer)), || {
        let _in = info_span!("alive").entered();
        assert_untouched(&recording.shut_down()[0]);
        assert!(catch_unwind(|| panic!("after the end")).is_err());
    });
    assert_eq!(recording.exported().len(), 1);
    assert!(catch_unwind(|| panic!("outside of all spans")).is_err());
}

#[test]
fn each_thread_tells_its_own_spans() {
    let (layer, recording) = Recording::new(asking());
    let dispatch = Dispatch::new(registry().with(layer));
    let inside = Barrier::new(2);
    let work = |panics: bool| {
        with_default(&dispatch, || {
            let _in = if panics { info_span!("fails") } else { info_span!("goes on") }.entered();
            inside.wait();
            assert!(!panics, "on its own thread");
            inside.wait();
        });
    };
    std::thread::scope(|scope| {
        let failing = scope.spawn(|| work(true));
        scope.spawn(|| {
            assert!(failing.join().is_err());
            inside.wait();
        });
        work(false);
    });
    assert_eq!(recording.span("fails").status, error("on its own thread"));
    assert_untouched(&recording.span("goes on"));
}

#[test]
fn a_task_that_panics_is_told_and_not_cancelled() {
    let (layer, recording) = Recording::new(asking());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("no threads needed");
    with_default(&Dispatch::new(registry().with(layer)), || {
        let task = async { panic!("in a task") }.trace(info_span!("task"));
        let outcome = runtime.block_on(async { tokio::spawn(task).await });
        assert!(outcome.expect_err("it panics").is_panic());
    });
    let task = recording.span("task");
    assert_eq!((names(&task.events), &task.status), (vec!["exception"], &error("in a task")));
    assert_eq!(attribute(&task.attributes, "throughline.cancelled"), None);
}

#[test]
fn a_layer_built_by_a_thread_that_unwinds_changes_no_hook() {
    struct Builds(Option<Guard>);
    impl Drop for Builds {
        fn drop(&mut self) {
            self.0 = Some(Recording::new(asking()).1.guard);
        }
    }
    let unwound = without_hanging(|| {
        catch_unwind(|| {
            let _builds = Builds(None);
            panic!("and builds");
        })
    });
    assert!(unwound.is_err());
}

#[test]
fn many_threads_that_panic_while_others_work_in_the_same_spans_tell_it_all() {
    const THREADS: usize = 4;
    const ROUNDS: usize = 50;
    let (layer, recording) = Recording::new(asking());
    let dispatch = Dispatch::new(registry().with(layer));
    let shared = with_default(&dispatch, || info_span!("shared"));
    std::thread::scope(|scope| {
        for n in 0..THREADS {
            let (dispatch, shared) = (&dispatch, &shared);
            scope.spawn(move || {
                with_default(dispatch, || {
                    for _ in 0..ROUNDS {
                        shared.in_scope(|| {
                            info_span!("child").in_scope(|| {
                                assert!(catch_unwind(|| panic!("in thread {n}")).is_err());
                            });
                        });
                    }
                });
            });
        }
    });
    drop(shared);
    let spans = recording.spans();
    assert_eq!(spans.iter().filter(|span| names(&span.events) == ["exception"]).count(), THREADS * ROUNDS);
    assert_eq!(recording.span("shared").status.code, StatusCode::Error);
    assert!(recording.guard.stats().is_balanced());
}
