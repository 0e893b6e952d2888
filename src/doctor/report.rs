//! `Report`: what was found out about every endpoint.

use super::finding::Finding;
use crate::export::Signal;
use std::fmt;

/// What a check found out; its `Display` is for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "what was found out is in it"]
pub struct Report {
    checked: Vec<Checked>,
    /// Why nothing was checked.
    nothing: Option<&'static str>,
    /// It should have been.
    unfinished: bool,
}

/// What was found out about the endpoint of one signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    signal: Signal,
    endpoint: String,
    origin: &'static str,
    passed: Vec<String>,
    findings: Vec<Finding>,
}

// === impl Report ===

impl Report {
    pub(super) fn new(checked: Vec<Checked>) -> Self {
        Report { checked, ..Report::default() }
    }

    /// There is nothing to check.
    pub(super) fn nothing(why: &'static str) -> Self {
        Report { nothing: Some(why), ..Report::default() }
    }

    /// The check was begun, or not even that.
    pub(super) fn unfinished() -> Self {
        let why =
            "the check could not be carried out: no thread can be started, or the look-up of a name hangs";
        Report { unfinished: true, ..Report::nothing(why) }
    }

    /// Whether what is sent arrives everywhere, as far as can be seen; warnings are no hindrance.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.unfinished && self.checked.iter().all(Checked::is_ok)
    }

    /// Each endpoint, spans first. None where nothing is sent over OTLP.
    #[must_use]
    pub fn endpoints(&self) -> &[Checked] {
        &self.checked
    }

    /// All that is wrong, of all endpoints.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.checked.iter().flat_map(Checked::findings)
    }
}

/// Several lines: each endpoint, what went well, and what is wrong with what to set.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(nothing) = self.nothing {
            writeln!(f, "{nothing}")?;
        }
        self.checked.iter().try_for_each(|checked| checked.fmt(f))
    }
}

// === impl Checked ===

impl Checked {
    pub(super) fn new(signal: Signal, endpoint: &str, origin: &'static str) -> Self {
        let endpoint = endpoint.to_owned();
        Checked { signal, endpoint, origin, passed: Vec::new(), findings: Vec::new() }
    }

    /// What is sent there.
    #[must_use]
    pub fn signal(&self) -> Signal {
        self.signal
    }

    /// The URL, without credentials and query.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Whether what is sent arrives there, as far as can be seen; warnings are no hindrance.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.findings.iter().all(Finding::is_warning)
    }

    /// What is wrong.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What went well, step by step.
    #[must_use]
    pub fn passed(&self) -> &[String] {
        &self.passed
    }

    pub(super) fn pass(&mut self, what: impl Into<String>) {
        self.passed.push(what.into());
    }

    pub(super) fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.origin {
            "default" => "the default".to_owned(),
            "endpoint" | "traces_endpoint" | "logs_endpoint" => "as given".to_owned(),
            variable => format!("by {variable}"),
        };
        writeln!(f, "{} go to {} ({by})", self.signal, self.endpoint)?;
        self.passed.iter().try_for_each(|passed| writeln!(f, "  ok     {passed}"))?;
        for finding in &self.findings {
            let mark = if finding.is_warning() { "beware" } else { "wrong " };
            writeln!(f, "  {mark} {}", finding.message())?;
            if !finding.advice().is_empty() {
                writeln!(f, "         {}", finding.advice())?;
            }
        }
        Ok(())
    }
}
