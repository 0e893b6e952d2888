//! `Usage`: spans that were not left as they were entered, to be told by the worker.
//!
//! The classic mistake is a span's guard that is held across an `.await`: the span stays entered while the thread
//! runs other tasks, whose spans and events then end up inside it. It shows when spans are left in another order
//! than they were entered in, which only the slow path of an exit meets; so looking for it costs nothing else.

use super::local::{Entered, Local};
use super::recorder::Recorder;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use tracing_core::Metadata;

/// What has been seen, each callsite once.
#[derive(Debug, Default)]
pub(crate) struct Usage(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// Addresses of the metadata of callsites that have been told of.
    callsites: Vec<usize>,
    /// What the worker has not taken yet.
    waiting: Vec<String>,
}

/// What to do instead.
const ADVICE: &str = "Was a guard held across an .await? What other tasks do meanwhile is then recorded inside that span: \
                      use .instrument(span) or throughline::FutureExt::trace(span) instead";

// === impl Recorder ===

impl Recorder {
    /// Leaves a span that is not on top of this thread's stack.
    ///
    /// With several layers on one thread that is in order, as long as nothing of this one was entered later.
    #[cold]
    pub(crate) fn leave_below(&self, local: &Local, id: u64) {
        let left = local.leave_below(self.instance, id);
        if left.is_none() && self.leave_hidden(local, id) {
            return;
        }
        if self.config.check_usage {
            match left {
                Some((entered, Some(above))) => self.usage.overlap(entered, above),
                Some((_, None)) => {}
                // Spans that are not recorded come here too.
                None => drop(self.locate(local, id).map(|entered| self.usage.elsewhere(entered))),
            }
        }
        if let Some((entered, _)) = left {
            self.left(local, id, entered.cell);
        }
    }
}

// === impl Usage ===

impl Usage {
    /// What is to be said.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).waiting)
    }

    /// A span was left before another that was entered later. Which of the two is the odd one cannot be told.
    fn overlap(&self, left: Entered, above: Entered) {
        let (left, above) = (left.plan.metadata, above.plan.metadata);
        self.note(&[left, above], || {
            let (left, above) = (Shown(left), Shown(above));
            format!("{left} was left while {above}, entered after it, was not left yet. {ADVICE}")
        });
    }

    /// A span was left on a thread that had not entered it.
    fn elsewhere(&self, left: Entered) {
        let left = left.plan.metadata;
        self.note(&[left], || {
            format!("{} was left on a thread that is not inside it. {ADVICE}", Shown(left))
        });
    }

    /// Unless one of the callsites has been told of.
    fn note(&self, callsites: &[&'static Metadata<'static>], text: impl FnOnce() -> String) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut addresses = callsites.iter().map(|callsite| std::ptr::from_ref(*callsite).addr());
        if addresses.clone().any(|address| seen.callsites.contains(&address)) {
            return;
        }
        seen.callsites.extend(&mut addresses);
        seen.waiting.push(text());
    }
}

/// A callsite as it is told.
struct Shown(&'static Metadata<'static>);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "span {:?}", self.0.name())?;
        match (self.0.file(), self.0.line()) {
            (Some(file), Some(line)) => write!(f, " ({file}:{line})"),
            _ => write!(f, " ({})", self.0.target()),
        }
    }
}
