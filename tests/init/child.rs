//! A test in a process of its own, and what came of it.

use crate::support::collector::Collector;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use std::ffi::OsStr;
use std::process::{Command, Output};
use std::time::Duration;
use throughline::Guard;
use tracing::{info, info_span};

const CHILD: &str = "THROUGHLINE_TEST_CHILD";
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// In the child: runs `body`. In the parent: starts the child with these variables, and gives what it printed.
pub(crate) fn alone<V: AsRef<OsStr>>(
    test: &str,
    variables: &[(&str, V)],
    body: impl FnOnce(),
) -> Option<Output> {
    if std::env::var_os(CHILD).is_some() {
        body();
        return None;
    }
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]);
    let ours =
        |name: &str| name.starts_with("OTEL_") || name.starts_with("THROUGHLINE_") || name == "RUST_LOG";
    std::env::vars().filter(|(name, _)| ours(name)).for_each(|(name, _)| {
        command.env_remove(name);
    });
    let output = command
        .env(CHILD, "1")
        .envs(variables.iter().map(|(name, value)| (*name, value)))
        .output()
        .expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("1 passed"), "{text}{}", String::from_utf8_lossy(&output.stderr));
    Some(output)
}

pub(crate) fn init() -> Guard {
    throughline::init().expect("valid settings")
}

/// The log lines that the child wrote.
pub(crate) fn lines(output: &Output) -> Vec<serde_json::Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    // What libtest prints may stand before the first line.
    let lines = text.lines().filter_map(|line| serde_json::from_str(&line[line.find('{')?..]).ok());
    lines.collect()
}

/// What throughline itself said, at this level.
pub(crate) fn said(output: &Output, level: &str) -> Vec<String> {
    let ours = |line: &serde_json::Value| {
        let message = line["fields"]["message"].as_str()?;
        (line["target"] == "throughline" && line["level"] == level).then(|| message.to_owned())
    };
    lines(output).iter().filter_map(ours).collect()
}

/// The attributes of the resource of the first request.
pub(crate) fn attributes(collector: &Collector) -> Vec<KeyValue> {
    let requests = collector.requests();
    let body = requests.first().expect("a request came").decoded();
    body.resource_spans[0].resource.clone().expect("there is one").attributes
}

/// The text of one of them.
pub(crate) fn resource(collector: &Collector, key: &str) -> Option<String> {
    let found = attributes(collector).into_iter().find(|attribute| attribute.key == key)?;
    match found.value.and_then(|value| value.value) {
        Some(Any::StringValue(text)) => Some(text),
        other => panic!("{key}: {other:?}"),
    }
}

pub(crate) fn work_and_flush() {
    let guard = init();
    info_span!("work").in_scope(|| info!("working"));
    guard.flush(LONG).expect("accepted");
}
