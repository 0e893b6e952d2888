//! Spans on several threads.

use tracing::{Span, info, info_span};

use crate::hand::{Hand, on_thread};
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    thread_child_of_a_span_here,
    thread_without_a_parent,
    thread_enters_a_span_of_here,
    thread_takes_the_current_span,
    thread_makes_a_span_for_here,
    thread_chain,
    thread_records_on_a_span_of_here,
    thread_without_a_name,
    thread_panics,
];

fn thread_child_of_a_span_here(_: &dyn Hand) {
    let parent = info_span!("parent");
    let there = parent.clone();
    on_thread("there", move || info_span!(parent: &there, "child").in_scope(|| info!("there")));
}

fn thread_without_a_parent(_: &dyn Hand) {
    let _here = info_span!("here").entered();
    on_thread("there", || info_span!("a root of its own").in_scope(|| {}));
}

fn thread_enters_a_span_of_here(_: &dyn Hand) {
    let span = info_span!("shared").entered();
    let there = Span::current();
    on_thread("there", move || there.in_scope(|| info_span!("child").in_scope(|| info!("there"))));
    info!("here");
    drop(span);
}

fn thread_takes_the_current_span(_: &dyn Hand) {
    let _here = info_span!("here").entered();
    let current = Span::current();
    on_thread("there", move || {
        let _entered = current.entered();
        info_span!("child").in_scope(|| {});
    });
}

fn thread_makes_a_span_for_here(_: &dyn Hand) {
    let span = on_thread("there", || info_span!("made there"));
    span.in_scope(|| info_span!("child made here").in_scope(|| {}));
}

fn thread_chain(_: &dyn Hand) {
    let first = info_span!("first");
    on_thread("a", move || {
        let second = first.in_scope(|| info_span!("second"));
        drop(first);
        on_thread("b", move || second.in_scope(|| info_span!("third").in_scope(|| {})));
    });
}

fn thread_records_on_a_span_of_here(_: &dyn Hand) {
    let span = info_span!("shared", value = tracing::field::Empty);
    let there = span.clone();
    on_thread("there", move || {
        there.record("value", 7);
        info!(parent: &there, "from there");
    });
    span.in_scope(|| {});
}

fn thread_without_a_name(_: &dyn Hand) {
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    let unnamed = std::thread::spawn(move || {
        tracing::dispatcher::with_default(&dispatch, || info_span!("unnamed").in_scope(|| {}));
    });
    unnamed.join().expect("it does not panic");
}

fn thread_panics(_: &dyn Hand) {
    let span = info_span!("here");
    let there = span.clone();
    on_thread("there", move || {
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _entered = there.enter();
            let _child = info_span!("child").entered();
            // The process's hook stays silent.
            std::panic::resume_unwind(Box::new("on purpose"));
        }));
        assert!(unwound.is_err());
        info_span!("after the panic").in_scope(|| {});
    });
    span.in_scope(|| {});
}
