//! A `Debug` that itself logs. Under a scoped default `tracing` ignores what is emitted while it dispatches, so this
//! needs a global one.

mod support;

use std::fmt;
use support::{Lines, Recording, attribute, bare, names, text, without_hanging};
use throughline::log;
use throughline::wire::Value;
use tracing::dispatcher::set_global_default;
use tracing::field::Empty;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::{fmt as tracing_fmt, prelude::*, registry};

struct Logs;

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        drop(info_span!("made while formatting", n = 1).entered());
        info!(depth = ?Deeper, "from a Debug");
        f.write_str("logged")
    }
}

struct Deeper;

impl fmt::Debug for Deeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info!(text = "x", "from deeper down");
        f.write_str("deep")
    }
}

#[test]
fn what_a_debug_logs_belongs_to_the_span_that_it_is_formatted_in() {
    without_hanging(|| {
        let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare()));
        let writer = lines.clone();
        let fmt = tracing_fmt::layer().event_format(log::json()).with_writer(move || writer.clone());
        // Lines are not written for spans, so that only our own layer formats the values of spans.
        let fmt = fmt.with_filter(tracing_subscriber::filter::filter_fn(|metadata| metadata.is_event()));
        set_global_default(Dispatch::new(registry().with(fmt).with(layer))).expect("the first");

        let outer = info_span!("outer", late = Empty).entered();
        let inner = info_span!("inner", value = ?Logs, after = 2);
        outer.record("late", tracing::field::debug(Logs));
        assert!(
            lines.all().len() >= 4,
            "two lines by each, and more where two layers format: {}",
            lines.text()
        );
        inner.in_scope(|| info!(value = ?Logs, after = 3, "event"));
        drop((outer, inner));

        let twice = ["from deeper down", "from a Debug"];
        let (outer, inner) = (recording.span("outer"), recording.span("inner"));
        // The lines' layer formats the nested event once more, and so does each layer after it.
        let nested = |events: &[&str]| {
            assert!(events.len() >= 2 && events.iter().all(|name| twice.contains(name)), "{events:?}");
            assert_eq!(events.last(), Some(&"from a Debug"));
        };
        nested(&names(&outer.events));
        let events = names(&inner.events);
        let (event, before) = events.split_last().expect("there are events");
        assert_eq!(*event, "event");
        nested(before);
        assert_eq!(text(&outer.attributes, "late"), Some("logged"));
        assert_eq!(text(&inner.attributes, "value"), Some("logged"));
        assert_eq!(attribute(&inner.attributes, "after"), Some(&Value::Int(2)));
        let event = inner.events.last().expect("there are events");
        assert_eq!(text(&event.attributes, "value"), Some("logged"));
        assert_eq!(attribute(&event.attributes, "after"), Some(&Value::Int(3)));
        for event in inner.events.iter().filter(|event| event.name == "from a Debug") {
            assert_eq!(text(&event.attributes, "depth"), Some("deep"));
        }

        let spans = recording.spans();
        let made: Vec<_> = spans.iter().filter(|span| span.name == "made while formatting").collect();
        assert!(made.len() >= 3);
        for span in &made {
            assert!([outer.span_id, inner.span_id].contains(&span.parent_span_id), "{span:?}");
            assert_eq!(attribute(&span.attributes, "n"), Some(&Value::Int(1)));
        }
        for line in lines.all() {
            let line: serde_json::Value = serde_json::from_str(&line).expect("valid JSON");
            let ids = [outer.span_id.to_string(), inner.span_id.to_string()];
            assert!(ids.iter().any(|id| line["span_id"] == **id), "{line}");
            if line["fields"]["message"] == "event" {
                assert_eq!(line["span_id"], inner.span_id.to_string());
            }
        }
        assert!(recording.guard.stats().is_balanced());
    });
}
