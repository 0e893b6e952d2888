//! Values that misbehave: they panic, or wait for another thread.

use crate::reading::{map, string};
use crate::support::{Recording, attribute, bare, names, record, text, without_hanging};
use std::fmt;
use throughline::SpanExt;
use throughline::wire::Value;
use tracing::dispatcher::with_default;
use tracing::field::Empty;
use tracing::{Dispatch, info, info_span, warn};
use tracing_subscriber::{prelude::*, registry};

struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half a val")?;
        std::panic::resume_unwind(Box::new("no Debug today"))
    }
}

impl fmt::Display for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// An error of which everything panics.
#[derive(Debug)]
struct BadError;

impl fmt::Display for BadError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::panic::resume_unwind(Box::new("no Display today"))
    }
}

impl std::error::Error for BadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::panic::resume_unwind(Box::new("no source today"))
    }
}

#[test]
fn a_debug_that_panics_is_told_in_the_value_and_costs_nothing_else() {
    let recording = record(bare(), || {
        let span = info_span!("s", before = 1, bad = ?Panics, after = 2, late = Empty).entered();
        span.record("late", tracing::field::display(Panics));
        info!(bad = ?Panics, fine = 3, "event");
        info!("{}", Panics);
        drop(info_span!("named", otel.name = ?Panics));
    });
    let span = recording.span("s");
    let told = string("<panicked while it was formatted>");
    let of = map(&span.attributes);
    assert_eq!((&of["before"], &of["after"]), (&Value::Int(1), &Value::Int(2)));
    assert_eq!((&of["bad"], &of["late"]), (&told, &told));
    assert_eq!(attribute(&span.events[0].attributes, "bad"), Some(&told));
    assert_eq!(attribute(&span.events[0].attributes, "fine"), Some(&Value::Int(3)));
    assert_eq!(span.events.len(), 2);
    assert_eq!(recording.spans().len(), 2);
    assert!(recording.guard.stats().is_balanced());
}

#[test]
fn an_error_that_panics_when_it_is_asked_for_its_source_does_no_harm() {
    let recording = record(bare(), || {
        let _in = info_span!("s", bad = &BadError as &(dyn std::error::Error + 'static), after = 1).entered();
        warn!(bad = &BadError as &(dyn std::error::Error + 'static), after = 2, "event");
    });
    let span = recording.span("s");
    assert_eq!(attribute(&span.attributes, "after"), Some(&Value::Int(1)));
    assert_eq!(names(&span.events), ["event"]);
}

/// Waits for another thread that records a span under the one that is being recorded on.
struct Waits(Dispatch, tracing::Span);

impl fmt::Debug for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                with_default(&self.0, || {
                    let _in = info_span!(parent: &self.1, "on another thread", n = 1).entered();
                    self.1.set_attribute("from afar", 1);
                    self.1.in_scope(|| info!("from afar"));
                })
            });
            thread.join().expect("nothing panics there");
        });
        f.write_str("waited")
    }
}

#[test]
fn a_debug_that_waits_for_another_thread_that_records_does_not_deadlock() {
    without_hanging(|| {
        let (layer, recording) = Recording::new(bare());
        let dispatch = Dispatch::new(registry().with(layer));
        with_default(&dispatch, || {
            let outer = info_span!("outer", late = Empty);
            let _in = outer.enter();
            let waits = Waits(dispatch.clone(), outer.clone());
            outer.record("late", tracing::field::debug(&waits));
            info!(value = ?waits, "event");
            drop(info_span!("inner", value = ?waits));
        });
        let outer = recording.span("outer");
        assert_eq!(text(&outer.attributes, "late"), Some("waited"));
        assert_eq!(names(&outer.events), ["from afar", "from afar", "event", "from afar"]);
        assert_eq!(text(&recording.span("inner").attributes, "value"), Some("waited"));
        let spans = recording.spans();
        assert_eq!(spans.iter().filter(|span| span.parent_span_id == outer.span_id).count(), 4);
    });
}
