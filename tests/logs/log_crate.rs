//! Records of the `log` crate, which come through `tracing-log`.

use crate::record_with;
use crate::support::{attribute, text};
use throughline::Events;
use throughline::wire::Value;
use tracing::info_span;

fn say(target: &str, level: log::Level, message: &str) {
    let arguments = format_args!("{message}");
    let record = log::Record::builder()
        .target(target)
        .level(level)
        .file(Some("src/old.rs"))
        .line(Some(42))
        .module_path(Some("old::code"))
        .args(arguments)
        .build();
    tracing_log::format_trace(&record).expect("a subscriber");
}

#[test]
fn they_have_their_own_target_file_and_line() {
    let recorded = record_with(throughline::builder().events(Events::Both), || {
        info_span!("work").in_scope(|| say("old", log::Level::Warn, "careful"));
    });
    let (log, event) = (recorded.log(), recorded.span().events.remove(0));
    assert_eq!(recorded.targets(), ["old"]);
    assert_eq!(
        (log.body, log.severity_text.as_str(), log.event_name.as_str()),
        (Value::from("careful"), "WARN", "")
    );
    assert_eq!(event.name, "careful");
    for attributes in [&log.attributes, &event.attributes] {
        assert_eq!(text(attributes, "code.file.path"), Some("src/old.rs"));
        assert_eq!(text(attributes, "code.module.name"), Some("old::code"));
        assert_eq!(attribute(attributes, "code.line.number"), Some(&Value::Int(42)));
        assert!(attributes.iter().all(|it| !it.key.starts_with("log.")), "{attributes:?}");
    }
    assert_eq!(text(&event.attributes, "target"), Some("old"));
    assert_eq!(text(&event.attributes, "level"), Some("WARN"));
}

#[test]
fn the_filter_is_asked_with_their_own_target() {
    let builder = throughline::builder().events(Events::Logs).spans("info,old=error");
    let recorded = record_with(builder, || {
        say("old", log::Level::Warn, "not wanted");
        say("old", log::Level::Error, "wanted");
        say("new", log::Level::Info, "wanted too");
        say("new", log::Level::Debug, "not wanted either");
    });
    let bodies: Vec<_> = recorded.logs().into_iter().map(|log| log.body).collect();
    assert_eq!(bodies, [Value::from("wanted"), Value::from("wanted too")]);
}

#[test]
fn fields_of_the_program_with_such_names_are_kept() {
    let recorded = record_with(throughline::builder().events(Events::Both), || {
        info_span!("work").in_scope(|| tracing::info!(log.target = "mine", log.other = 1, "said"));
    });
    let log = recorded.log();
    assert_eq!(text(&log.attributes, "log.target"), Some("mine"));
    assert_eq!(attribute(&log.attributes, "log.other"), Some(&Value::Int(1)));
}
