//! Several subscribers, and threads that have none.

use std::cell::RefCell;

use tracing::subscriber::{NoSubscriber, with_default};
use tracing::{Span, info, info_span};

use crate::hand::{Hand, on_thread};
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    subscriber_within,
    subscriber_within_enters_a_span_of_the_outer,
    subscriber_none_within,
    subscriber_missing_where_a_span_is_used,
    subscriber_missing_where_a_child_is_closed,
    subscriber_gone_when_a_thread_ends,
];

fn subscriber_within(_: &dyn Hand) {
    let _outer = info_span!("outer").entered();
    with_default(tracing_subscriber::registry(), || {
        info_span!("of another").in_scope(|| info!("elsewhere"));
    });
    info_span!("child").in_scope(|| info!("here again"));
}

fn subscriber_within_enters_a_span_of_the_outer(_: &dyn Hand) {
    let outer = info_span!("outer", value = tracing::field::Empty);
    with_default(tracing_subscriber::registry(), || {
        outer.in_scope(|| {
            info_span!("of another").in_scope(|| info!("elsewhere"));
            outer.record("value", 7);
        });
    });
}

fn subscriber_none_within(_: &dyn Hand) {
    let _outer = info_span!("outer").entered();
    with_default(NoSubscriber::default(), || info_span!("nowhere").in_scope(|| info!("nowhere")));
    info!("here again");
}

fn subscriber_missing_where_a_span_is_used(_: &dyn Hand) {
    let span = info_span!("work", value = tracing::field::Empty);
    let there = span.clone();
    let thread = std::thread::spawn(move || {
        there.in_scope(|| {
            info!("heard by nobody");
            info_span!("made by nobody").in_scope(|| {});
            there.record("value", 7);
        });
    });
    thread.join().expect("it does not panic");
    info!(parent: &span, "from here");
}

/// The registry closes a parent by the default of the thread that closes its last child: here there is none, and the
/// parent stays open.
fn subscriber_missing_where_a_child_is_closed(_: &dyn Hand) {
    let parent = info_span!("parent");
    let child = parent.in_scope(|| info_span!("child"));
    drop(parent);
    std::thread::spawn(move || drop(child)).join().expect("it does not panic");
}

fn subscriber_gone_when_a_thread_ends(_: &dyn Hand) {
    thread_local! {
        static KEPT: RefCell<Option<Span>> = const { RefCell::new(None) };
    }
    on_thread("ends", || {
        let span = info_span!("kept by its thread");
        span.in_scope(|| info!("inside"));
        KEPT.with(|kept| *kept.borrow_mut() = Some(span));
    });
    info_span!("afterwards").in_scope(|| {});
}
