//! A guard that is asked, and what it finds.

use throughline::doctor::{Finding, Report};
use throughline::{Builder, Guard};

/// A layer that has nothing to do but to be asked.
pub(crate) fn guard(builder: Builder) -> Guard {
    builder.startup_check(false).build().expect("valid settings").1
}

pub(crate) fn check(builder: Builder) -> Report {
    guard(builder).check()
}

/// The only thing that is wrong.
#[track_caller]
pub(crate) fn finding(builder: Builder) -> Finding {
    let report = check(builder);
    let findings: Vec<_> = report.findings().cloned().collect();
    let [finding] = &findings[..] else { panic!("{report}") };
    assert_eq!(report.is_ok(), finding.is_warning(), "{report}");
    for part in [finding.message(), finding.advice()] {
        assert!(report.to_string().contains(part), "{part:?} is not in {report}");
    }
    finding.clone()
}

/// The words stand in what is said.
#[track_caller]
pub(crate) fn assert_says(finding: &Finding, parts: &[&str]) {
    let text = finding.to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}
