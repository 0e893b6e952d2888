//! From a process to its child by environment variables.

use crate::child::{alone, init, lines};
use std::process::Command;
use throughline::propagation::{self, Environment};
use throughline::{SpanExt, baggage};
use tracing::{info, info_span};

const CHILD: &str = "THROUGHLINE_TEST_GRANDCHILD";

#[test]
fn a_child_process_goes_on_with_the_trace_of_its_parent() {
    let name = "environment::a_child_process_goes_on_with_the_trace_of_its_parent";
    if std::env::var_os(CHILD).is_some() {
        let _guard = init();
        let span = info_span!("child");
        span.set_parent(propagation::extract(&Environment::of_process())).expect("in time");
        span.in_scope(|| info!(tenant = baggage::get("tenant"), "in the child"));
        return;
    }
    let vars = [("OTEL_TRACES_EXPORTER", "none"), ("TRACESTATE", "stale=1")];
    let output = alone(name, &vars, || {
        let _guard = init();
        let span = info_span!("parent").entered();
        baggage::set("tenant", "Ä").expect("there is a span");
        let mut child = Command::new(std::env::current_exe().expect("this binary"));
        child.args([name, "--exact", "--nocapture"]).env(CHILD, "1");
        propagation::inject(&mut child);
        assert!(child.output().map(|it| print!("{}", String::from_utf8_lossy(&it.stdout))).is_ok());
        info!(
            tracestate = child.get_envs().any(|(name, value)| name == "TRACESTATE" && value.is_none()),
            "in the parent"
        );
        drop(span);
    });
    let Some(output) = output else { return };
    let lines = lines(&output);
    let line = |said: &str| lines.iter().find(|line| line["fields"]["message"] == said).expect("written");
    let (child, parent) = (line("in the child"), line("in the parent"));
    assert_eq!(child["trace_id"], parent["trace_id"]);
    assert_ne!(child["span_id"], parent["span_id"]);
    assert_eq!(child["fields"]["tenant"], "Ä");
    assert_eq!(parent["fields"]["tracestate"], true, "a stale one is not inherited");
}
