//! Attributes that nobody wrote: where a span or an event comes from.

use crate::reading::{keys, map, one, string};
use crate::support::{attribute, record, text};
use throughline::wire::Value;
use throughline::{Limits, SpanExt};
use tracing::field::Empty;
use tracing::{info, info_span, warn};

#[test]
fn automatic_attributes_tell_where_a_span_comes_from() {
    let all = || throughline::builder().function_attribute(true).level_attribute(true);
    let line = std::sync::atomic::AtomicU32::new(0);
    let recording = record(all(), || {
        let thread = std::thread::current();
        assert!(thread.name().is_some(), "libtest names its threads");
        line.store(line!() + 1, std::sync::atomic::Ordering::Relaxed);
        drop(info_span!(target: "shop", "here", own = 1));
    });
    let span = recording.span("here");
    let line = line.into_inner();
    assert_eq!(attribute(&span.attributes, "code.line.number"), Some(&Value::Int(line.into())));
    assert!(text(&span.attributes, "code.file.path").is_some_and(|path| path.ends_with("automatic.rs")));
    assert_eq!(text(&span.attributes, "code.module.name"), Some("recording::automatic"));
    assert_eq!(text(&span.attributes, "code.function.name"), Some("here"));
    assert_eq!(text(&span.attributes, "target"), Some("shop"));
    assert_eq!(text(&span.attributes, "level"), Some("INFO"));
    assert_eq!(text(&span.attributes, "thread.name"), std::thread::current().name());
    assert!(matches!(attribute(&span.attributes, "thread.id"), Some(Value::Int(id)) if *id > 0));
    assert_eq!(span.attributes.len(), 9);
    assert_eq!(one(Limits::default(), || drop(info_span!("bare"))).attributes, []);
}

#[test]
fn a_field_of_the_program_wins_over_an_automatic_attribute() {
    let recording = record(throughline::builder(), || {
        drop(info_span!("at the start", target = "mine", thread.id = "t", code.line.number = -1));
        let late = info_span!("late", target = Empty, thread.name = Empty, code.file.path = Empty);
        late.record("target", 1).record("thread.name", 2).record("code.file.path", 3);
        let set = info_span!("set");
        set.set_attribute("target", 1);
        set.set_attribute("thread.name", 2);
        set.set_attribute("code.file.path", 3);
        drop(info_span!("declared only", target = Empty, thread.id = Empty, code.line.number = Empty));
    });
    let of = |name: &str| map(&recording.span(name).attributes);
    let start = of("at the start");
    assert_eq!(start["target"], string("mine"));
    assert_eq!(start["thread.id"], string("t"));
    assert_eq!(start["code.line.number"], Value::Int(-1));
    for name in ["late", "set"] {
        let of = of(name);
        assert_eq!(of["target"], Value::Int(1), "{name}");
        assert_eq!(of["thread.name"], Value::Int(2), "{name}");
        assert_eq!(of["code.file.path"], Value::Int(3), "{name}");
    }
    for name in ["at the start", "late", "set", "declared only"] {
        assert_eq!(of(name).len(), 6, "{name}: {:?}", of(name));
    }
    assert_eq!(of("declared only")["target"], string("recording::automatic"));
}

#[test]
fn an_event_has_its_level_and_target_before_its_fields_and_its_place_after_them() {
    let recording = record(throughline::builder(), || {
        let _in = info_span!("s").entered();
        info!(target: "shop", a = 1, "hello");
        warn!(level = "mine", b = 2, code.line.number = 3, "contested");
        info!(c = 1);
    });
    let events = recording.span("s").events;
    let place = ["code.file.path", "code.module.name", "code.line.number"];
    assert_eq!(keys(&events[0].attributes), [&["level", "target", "a"][..], &place].concat());
    assert_eq!(text(&events[0].attributes, "target"), Some("shop"));
    assert_eq!(text(&events[1].attributes, "level"), Some("mine"));
    assert_eq!(attribute(&events[1].attributes, "code.line.number"), Some(&Value::Int(3)));
    map(&events[1].attributes);
    assert!(
        events[2].name.starts_with("event "),
        "without a message the callsite's name: {}",
        events[2].name
    );
}
