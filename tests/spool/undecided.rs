//! A process with a tail ends while traces wait for their decision.

use super::{Folder, LONG, deliver_what_is_left, start};
use crate::support::{Counted, attribute};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use throughline::Tail;
use throughline::wire::Value;
use tracing::dispatcher::with_default;
use tracing::info_span;

const CHILD: &str = "THROUGHLINE_TEST_UNDECIDED";

/// Holds the children of a root that is open, and has decided on nothing else, when it ends.
fn child(folder: &Path) {
    let builder = super::spooling(folder).schedule_delay(Duration::from_secs(3600));
    let (dispatch, guard) =
        start(builder.tail(Tail::keep_errors().ratio_of_the_rest(0.0)).exporter(Counted::default()));
    with_default(&dispatch, || {
        let root = info_span!("open").entered();
        (0..3).for_each(|_| drop(info_span!("held")));
        guard.flush(LONG).expect("what is held is not waited for");
        assert_eq!(guard.stats().held, 3, "{}", guard.stats());
        drop(info_span!(parent: None, "root that nobody has looked at"));
        drop(info_span!(parent: None, "root that speaks of it", note = "sampling.reason"));
        drop(info_span!(parent: None, "root with its own", sampling.reason = "mine"));
        std::mem::forget(root);
    });
    std::process::abort();
}

#[test]
fn what_waits_for_its_decision_outlives_a_crash_and_says_that_nobody_chose_it() {
    if let Some(folder) = std::env::var_os(CHILD) {
        return child(Path::new(&folder));
    }
    let folder = Folder::new();
    let this = std::env::current_exe().expect("this binary");
    let name = "undecided::what_waits_for_its_decision_outlives_a_crash_and_says_that_nobody_chose_it";
    let output =
        Command::new(this).args([name, "--exact"]).env(CHILD, folder.path()).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && !said.contains("panicked"), "{said}");
    let (kept, guard) = deliver_what_is_left(folder.path());
    let spans = kept.spans();
    let named = |name: &str| spans.iter().filter(|span| span.name == name).count();
    assert_eq!((named("held"), named("root that nobody has looked at"), spans.len()), (3, 1, 6), "{said}");
    for span in &spans {
        let reasons = span.attributes.iter().filter(|it| it.key == "sampling.reason").count();
        let reason = attribute(&span.attributes, "sampling.reason");
        let wanted = match span.name.as_str() {
            "held" => None,
            "root with its own" => Some(Value::from("mine")),
            _ => Some(Value::from("recovered")),
        };
        assert_eq!((reason, reasons), (wanted.as_ref(), usize::from(wanted.is_some())), "{}", span.name);
    }
    assert!(guard.stats().is_balanced(), "{}", guard.stats());
}
