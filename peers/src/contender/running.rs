//! A contender that was started: what the benches drive.

use tracing::Dispatch;
use tracing::dispatcher::{self, DefaultGuard};

use super::Ledger;
use crate::work::{Api, Work};

/// Where finished spans go.
#[derive(Clone, Copy, Debug)]
pub enum Export<'a> {
    /// Nowhere, at no cost.
    Nowhere,
    /// As OTLP to this base URL; `/v1/traces` is appended.
    Sink(&'a str),
}

/// How `tracing` finds the subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As the process's global default.
    Global,
    /// As the default of a scope of the thread.
    Scoped,
}

/// A started contender.
pub struct Running {
    /// Its subscriber; none: it is reached through its own API.
    dispatch: Option<Dispatch>,
    settle: Box<dyn Fn() + Send + Sync>,
    close: Box<dyn FnOnce() -> Option<Ledger> + Send + Sync>,
}

// === impl Mode ===

impl Mode {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Mode::Global => "global",
            Mode::Scoped => "scoped",
        }
    }

    /// The one with this name.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let found = [Mode::Global, Mode::Scoped].into_iter().find(|mode| mode.name() == name);
        found.unwrap_or_else(|| panic!("no mode is called {name:?}"))
    }
}

// === impl Running ===

impl Running {
    /// One that listens to `tracing`.
    pub(super) fn subscriber(subscriber: impl Into<Dispatch>) -> Self {
        Running { dispatch: Some(subscriber.into()), ..Running::fastrace() }
    }

    /// One that `tracing` does not reach.
    pub(super) fn fastrace() -> Self {
        Running { dispatch: None, settle: Box::new(|| {}), close: Box::new(|| None) }
    }

    /// How it is brought to export what it holds.
    pub(super) fn settled_by(mut self, settle: impl Fn() + Send + Sync + 'static) -> Self {
        self.settle = Box::new(settle);
        self
    }

    /// How it is shut down; the answer is its ledger, if it keeps one.
    pub(super) fn closed_by(
        mut self,
        close: impl FnOnce() -> Option<Ledger> + Send + Sync + 'static,
    ) -> Self {
        self.close = Box::new(close);
        self
    }

    /// Makes it the default, once a process. The scoped default lasts while the guard lives.
    ///
    /// # Panics
    /// If the process has a global default already.
    #[must_use]
    pub fn install(&self, mode: Mode) -> Option<DefaultGuard> {
        if let (Some(dispatch), Mode::Global) = (&self.dispatch, mode) {
            dispatcher::set_global_default(dispatch.clone()).expect("one contender in a process");
        }
        self.install_on_thread(mode)
    }

    /// The part of `install` that each further thread needs.
    #[must_use]
    pub fn install_on_thread(&self, mode: Mode) -> Option<DefaultGuard> {
        let dispatch = self.dispatch.as_ref().filter(|_| mode == Mode::Scoped)?;
        Some(dispatcher::set_default(dispatch))
    }

    /// A request of this work through the API of this contender.
    #[must_use]
    pub fn request(&self, work: Work) -> fn(i64) {
        work.request(if self.dispatch.is_some() { Api::Tracing } else { Api::Fastrace })
    }

    /// Exports what it holds. The benches do this between what they time, so that no queue is ever full and
    /// nobody looks cheap by losing spans.
    pub fn settle(&self) {
        (self.settle)();
    }

    /// Exports what is left, stops it, and returns its ledger, if it keeps one.
    #[must_use]
    pub fn close(self) -> Option<Ledger> {
        (self.close)()
    }
}
