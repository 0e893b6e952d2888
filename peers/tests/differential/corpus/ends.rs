//! When a span ends.

use std::sync::mpsc;

use tracing::{Dispatch, Span, dispatcher, info, info_span};

use crate::hand::{Hand, on_thread};
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    end_at_exit,
    end_never_entered,
    end_handle_kept_after_exit,
    end_entered_again,
    end_of_parent_before_child,
    end_never_entered_with_child,
    end_last_exit_on_another_thread,
    end_closed_on_another_thread,
    end_event_after_exit,
    end_clone_outlives,
    end_handle_dropped_while_entered,
    end_never_closed,
    end_in_drop_during_a_panic,
    end_entered_twice_at_once,
    end_of_two_threads_at_once,
    end_exit_here_before_exit_there,
];

fn end_at_exit(_: &dyn Hand) {
    let parent = info_span!("parent").entered();
    info_span!("child").in_scope(|| info!("inside"));
    drop(parent);
}

fn end_never_entered(_: &dyn Hand) {
    let first = info_span!("first");
    let second = info_span!("second");
    drop(first);
    info_span!("between").in_scope(|| {});
    drop(second);
}

fn end_handle_kept_after_exit(_: &dyn Hand) {
    let kept = info_span!("kept");
    kept.in_scope(|| {});
    info_span!("afterwards").in_scope(|| {});
    drop(kept);
}

fn end_entered_again(_: &dyn Hand) {
    let span = info_span!("again");
    for _ in 0..3 {
        span.in_scope(|| info!("in it"));
        info_span!("between").in_scope(|| {});
    }
    drop(span);
}

fn end_of_parent_before_child(_: &dyn Hand) {
    let parent = info_span!("parent");
    let child = parent.in_scope(|| info_span!("child"));
    drop(parent);
    child.in_scope(|| info!("the parent is gone"));
    info_span!("other").in_scope(|| {});
    drop(child);
}

fn end_never_entered_with_child(_: &dyn Hand) {
    let parent = info_span!("parent");
    let child = info_span!(parent: &parent, "child");
    drop(parent);
    info_span!("between").in_scope(|| {});
    drop(child);
}

fn end_last_exit_on_another_thread(_: &dyn Hand) {
    let span = info_span!("shared");
    span.in_scope(|| {});
    let other = span.clone();
    on_thread("other", move || other.in_scope(|| info!("there")));
    info_span!("afterwards").in_scope(|| {});
    drop(span);
}

fn end_closed_on_another_thread(_: &dyn Hand) {
    let span = info_span!("moved");
    span.in_scope(|| {});
    info_span!("between").in_scope(|| {});
    on_thread("other", move || drop(span));
}

fn end_event_after_exit(_: &dyn Hand) {
    let span = info_span!("done");
    span.in_scope(|| {});
    info!(parent: &span, "too late to matter");
    drop(span);
}

fn end_clone_outlives(_: &dyn Hand) {
    let span = info_span!("cloned");
    let clone = span.clone();
    span.in_scope(|| {});
    drop(span);
    info_span!("between").in_scope(|| {});
    clone.in_scope(|| {});
}

/// Enters by the dispatcher, as some frameworks do: the handle goes while the span is entered.
fn end_handle_dropped_while_entered(_: &dyn Hand) {
    let span = info_span!("handle");
    let id = span.id().expect("it is enabled");
    let current = |f: &dyn Fn(&Dispatch)| dispatcher::get_default(|dispatch| f(dispatch));
    current(&|dispatch| dispatch.enter(&id));
    drop(span);
    info!("still in it");
    info_span!("child").in_scope(|| {});
    current(&|dispatch| dispatch.exit(&id));
}

fn end_never_closed(_: &dyn Hand) {
    let span = info_span!("forgotten");
    span.in_scope(|| info!("seen"));
    std::mem::forget(span);
    info_span!("other").in_scope(|| {});
}

fn end_in_drop_during_a_panic(_: &dyn Hand) {
    struct Closes;
    impl Drop for Closes {
        fn drop(&mut self) {
            info_span!("in drop", panicking = std::thread::panicking()).in_scope(|| info!("cleaning up"));
        }
    }
    let outcome = std::panic::catch_unwind(|| {
        let _span = info_span!("unwound").entered();
        let _closes = Closes;
        // The process's hook stays silent.
        std::panic::resume_unwind(Box::new("on purpose"));
    });
    assert!(outcome.is_err());
}

fn end_entered_twice_at_once(_: &dyn Hand) {
    let span: Span = info_span!("nested");
    let outer = span.enter();
    let inner = span.enter();
    info_span!("child").in_scope(|| {});
    drop(inner);
    info!("once more");
    info_span!("second child").in_scope(|| {});
    drop(outer);
}

fn end_of_two_threads_at_once(_: &dyn Hand) {
    let span = info_span!("shared");
    let here = span.enter();
    let there = span.clone();
    let (entered, is_entered) = mpsc::channel();
    let (leave, may_leave) = mpsc::channel::<()>();
    let dispatch = dispatcher::get_default(Clone::clone);
    let thread = std::thread::spawn(move || {
        dispatcher::with_default(&dispatch, || {
            let _there = there.enter();
            entered.send(()).expect("the program waits");
            may_leave.recv().expect("it is told");
        });
    });
    is_entered.recv().expect("the thread enters");
    drop(here);
    info_span!("between").in_scope(|| {});
    leave.send(()).expect("the thread waits");
    thread.join().expect("it does not panic");
    info_span!("afterwards").in_scope(|| {});
}

fn end_exit_here_before_exit_there(_: &dyn Hand) {
    let parent = info_span!("parent");
    let entered = parent.enter();
    let child = info_span!("child");
    on_thread("other", move || {
        let entered = child.enter();
        info!("in child");
        drop(entered);
        drop(child);
    });
    info!("in parent");
    drop(entered);
}
