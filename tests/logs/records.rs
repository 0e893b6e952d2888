//! What a record says.

use crate::support::{Hand, Numbers, bare, text};
use crate::{record, record_with};
use throughline::wire::{KeyValue, StatusCode, Value};
use throughline::{Events, Limits, LogData, Sampler, SpanExt, SpanId, TraceId};
use tracing::{debug, error, info, info_span, trace, warn};

#[test]
fn a_record_in_a_span_has_its_ids_and_all_that_the_event_said() {
    let builder = bare()
        .events(Events::Logs)
        .clock(Hand::at(1_000))
        .id_generator(Numbers::default())
        .random_flag(false);
    let recorded = record_with(builder, || {
        info_span!("order").in_scope(|| info!(amount = 7, card = "visa", ok = true, "charged {}", 7));
    });
    let expected = LogData {
        time_unix_nanos: 1_000,
        observed_unix_nanos: 1_000,
        severity_number: 9,
        severity_text: "INFO".to_owned(),
        body: Value::from("charged 7"),
        attributes: vec![
            KeyValue::new("amount", 7),
            KeyValue::new("card", "visa"),
            KeyValue::new("ok", true),
        ],
        flags: 1,
        trace_id: TraceId::from_u128(1),
        span_id: SpanId::from_u64(1),
        ..LogData::default()
    };
    assert_eq!(recorded.log(), expected);
    assert_eq!(recorded.targets(), ["logs::records"]);
    assert!(recorded.span().events.is_empty(), "logs only");
}

#[test]
fn outside_of_spans_a_record_has_no_ids() {
    let log = record(Events::Both, || warn!("alone")).log();
    assert_eq!((log.trace_id, log.span_id, log.flags), (TraceId::INVALID, SpanId::INVALID, 0));
    assert_eq!((log.body, log.severity_number), (Value::from("alone"), 13));
}

#[test]
fn every_level_has_its_severity() {
    let builder = bare().events(Events::Logs).spans("trace");
    let logs = record_with(builder, || {
        trace!("t");
        debug!("d");
        info!("i");
        warn!("w");
        error!("e");
    })
    .logs();
    let severities: Vec<_> =
        logs.iter().map(|log| (log.severity_number, log.severity_text.as_str())).collect();
    assert_eq!(severities, [(1, "TRACE"), (5, "DEBUG"), (9, "INFO"), (13, "WARN"), (17, "ERROR")]);
}

#[test]
fn the_choice_is_span_events_or_log_records_or_both_or_none() {
    for (events, in_span, in_logs) in
        [(Events::Span, 1, 0), (Events::Logs, 0, 1), (Events::Both, 1, 1), (Events::None, 0, 0)]
    {
        let recorded = record(events, || info_span!("work").in_scope(|| error!(error = "boom")));
        let span = recorded.span();
        assert_eq!((span.events.len(), recorded.logs().len()), (in_span, in_logs), "{events:?}");
        assert_eq!(
            (span.status.code, span.status.description.as_str()),
            (StatusCode::Error, "boom"),
            "{events:?}"
        );
    }
}

#[test]
fn a_record_and_a_span_event_say_the_same() {
    let recorded = record_with(throughline::builder().events(Events::Both), || {
        info_span!("work").in_scope(|| info!(a = 1, b = ?"two", c = 3.5, "said"));
    });
    let (log, event) = (recorded.log(), recorded.span().events.remove(0));
    assert_eq!(log.body, Value::from(event.name.as_str()));
    assert_eq!(log.time_unix_nanos, event.time_unix_nanos);
    let of_event: Vec<_> =
        event.attributes.into_iter().filter(|it| !["level", "target"].contains(&it.key.as_str())).collect();
    assert_eq!(log.attributes, of_event);
    assert_eq!(text(&log.attributes, "code.file.path"), Some(file!()));
}

#[test]
fn an_event_without_a_message_has_no_body_and_one_with_a_name_keeps_it() {
    let logs = record(Events::Logs, || {
        info!(count = 1);
        info!(name: "cache.miss", "missed");
    })
    .logs();
    assert_eq!((&logs[0].body, logs[0].event_name.as_str()), (&Value::Empty, ""));
    assert_eq!((&logs[1].body, logs[1].event_name.as_str()), (&Value::from("missed"), "cache.miss"));
}

#[test]
fn an_error_is_an_exception_there_too() {
    let error = std::io::Error::other("disk full");
    let log = record(Events::Logs, || {
        error!(error = &error as &(dyn std::error::Error + 'static), "cannot save");
    })
    .log();
    assert_eq!(text(&log.attributes, "exception.message"), Some("disk full"));
    assert_eq!(text(&log.attributes, "error"), Some("disk full"));
}

#[test]
fn in_a_span_that_is_not_sampled_records_are_made_all_the_same() {
    let builder = bare().events(Events::Both).sampler(Sampler::always_off());
    let recorded = record_with(builder, || {
        let span = info_span!("work");
        let context = span.context().span_context();
        span.in_scope(|| info!("still said"));
        info_span!("other").in_scope(|| {
            let _ = info_span!("child").entered();
            info!("{}", context.trace_id());
        });
    });
    let logs = recorded.logs();
    assert!(recorded.spans().is_empty());
    assert_eq!(logs.iter().map(|log| log.flags).collect::<Vec<_>>(), [0, 0]);
    assert_eq!(logs[1].body, Value::from(logs[0].trace_id.to_string()));
    assert!(logs[1].span_id.is_valid());
}

#[test]
fn a_record_hands_the_context_out() {
    record(Events::Logs, || {
        let span = info_span!("work");
        span.in_scope(|| info!("said"));
        let error = span.set_parent(throughline::Context::default()).expect_err("the ids are out");
        assert!(error.is_too_late(), "{error}");
    });
}

#[test]
fn limits_hold_for_records_and_what_is_over_them_is_counted() {
    let mut limits = Limits::default();
    (limits.event_attributes, limits.value_length) = (3, 4);
    let recorded = record_with(bare().events(Events::Both).limits(limits), || {
        info_span!("work").in_scope(|| info!(a = "ääääää", b = 2, c = 3, "a message is not cut"));
    });
    let event = recorded.span().events.remove(0);
    assert_eq!((event.attributes.len(), event.dropped_attributes_count), (3, 1), "{event:?}");
    // Those of records are others.
    let log = recorded.log();
    assert_eq!((log.attributes.len(), log.dropped_attributes_count), (3, 0), "{log:?}");
    assert_eq!(text(&log.attributes, "a"), Some("ääääää"));
    assert_eq!(log.body, Value::from("a message is not cut"));
}

#[test]
fn records_of_many_targets_arrive_with_their_scopes() {
    let recorded = record(Events::Logs, || {
        for _ in 0..3 {
            info!(target: "one", "1");
            info!(target: "two::deep", "2");
        }
    });
    assert_eq!(recorded.targets(), ["one", "two::deep", "one", "two::deep", "one", "two::deep"]);
}

#[test]
fn records_have_limits_of_their_own() {
    let mut limits = Limits::default();
    (limits.log_attributes, limits.log_value_length) = (2, 3);
    for events in [Events::Both, Events::Logs] {
        let recorded = record_with(bare().events(events).limits(limits), || {
            info_span!("work").in_scope(|| info!(a = "äöüß", b = 2, c = 3, "not cut"));
        });
        let log = recorded.log();
        assert_eq!((log.attributes.len(), log.dropped_attributes_count), (2, 1), "{log:?}");
        assert_eq!(text(&log.attributes, "a"), Some("äöü"));
        assert_eq!(log.body, Value::from("not cut"));
        for event in recorded.span().events {
            assert_eq!(text(&event.attributes, "a"), Some("äöüß"), "{event:?}");
        }
    }
}

#[test]
fn large_and_odd_records_arrive_whole() {
    let long = "x".repeat(10 << 20);
    const TARGET: &str = "a target with blanks, \"quotes\" and ünicode";
    let logs = record(Events::Logs, || {
        info!("{long}");
        info!(target: TARGET, bytes = &[0xff_u8, 0][..], "" = 1, "a b" = f64::NAN, "odd");
    })
    .logs();
    assert_eq!(logs[0].body, Value::String(long.clone()));
    assert_eq!(logs[1].attributes[1], KeyValue::new("", 1));
    assert!(matches!(logs[1].attributes[2].value, Value::Double(number) if number.is_nan()));
    assert_eq!(logs[1].attributes[0].value, Value::Bytes(vec![0xff, 0]));
}
