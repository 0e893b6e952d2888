//! TEMPORARY: defects and missing parts of throughline that show in the corpus. To be empty. An entry that no longer
//! occurs fails the test: remove it.

use crate::listed::Row;

/// Differences that are to go, each with the reason for which it is there.
pub(crate) fn rows() -> Vec<Row> {
    [missing(), of_log(), defects()].into_iter().flatten().collect()
}

/// `SpanExt::add_event`; see `ours.rs`.
fn missing() -> Vec<Row> {
    let programs = ["event_added_by_hand", "event_added_by_hand_before_enter", "limit_event_attributes"];
    vec![Row::new("add_event is missing", &programs, &["event"], Some("*"), None)]
}

/// Records that come through tracing-log are not normalised.
fn of_log() -> Vec<Row> {
    let why = "tracing-log is not normalised";
    let (records, own) = (["log_record*"], ["field_log_prefix"]);
    let code = ["event.attr:code.file.path", "event.attr:code.line.number", "event.attr:code.module.name"];
    let log =
        ["event.attr:log.file", "event.attr:log.line", "event.attr:log.module_path", "event.attr:log.target"];
    vec![
        Row::new(why, &records, &code, Some("*"), None),
        Row::new(why, &records, &log, None, Some("*")),
        Row::new(why, &records, &["event.attr:target"], Some("*"), Some("\"log\"")),
        Row::new(why, &own, &log, None, Some("*")),
    ]
}

fn defects() -> Vec<Row> {
    let empty = "an empty message is no message";
    let error = ["error_field_with_empty_message"];
    let twice = "attributes of a link have unique keys";
    let child = "set_parent on the child of an unsampled span: what was recorded before is lost in silence";
    let of_child = ["remote_parent_of_an_unsampled_child"];
    let lost = ["span.attr:key", "span.attr:thread.id", "span.attr:thread.name"];
    let own = "a program's own exception.* field wins over the one that is made from an error";
    let message = ["event.attr:exception.message"];
    let named = "an error that is the message of an event has its exception.* attributes too";
    let both = ["event.attr:exception.message", "span.attr:exception.message"];
    vec![
        Row::new(empty, &["event_message_empty"], &["event.name"], Some("event *"), Some("")),
        Row::new(empty, &error, &["event.name"], Some("exception"), Some("")),
        Row::new(empty, &error, &message, Some("\"card was declined\""), None),
        Row::new(empty, &error, &["event.attr:error"], None, Some("\"card was declined\"")),
        Row::new(empty, &error, &["span.status"], Some("Error(\"card was declined\")"), Some("Error(\"\")")),
        Row::new(twice, &["link_by_hand_with_a_key_twice"], &["link.repeated:key"], Some("1"), Some("2")),
        Row::new(named, &["exception_as_a_message"], &both, Some("\"order failed\""), None),
        Row::new(child, &of_child, &lost, Some("*"), None),
    ]
    .into_iter()
    .chain([
        Row::new(
            own,
            &["exception_fields_before_an_error"],
            &["span.attr:exception.message"],
            Some("\"mine\" and <x>"),
            Some("<x>"),
        ),
        Row::new(
            own,
            &["exception_fields_before_an_error_of_an_event"],
            &message,
            Some("\"mine\" and <x>"),
            Some("<x>"),
        ),
    ])
    .collect()
}
