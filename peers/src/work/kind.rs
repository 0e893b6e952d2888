//! Which work is done, and through whose API.

use super::{local_spans, spans};

/// Children of a root of bare spans.
pub(super) const BARE_CHILDREN: i64 = 100;
/// Children of a root of spans with fields.
pub(super) const RICH_CHILDREN: i64 = 10;

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Nothing on the spans.
    Bare,
    /// Three fields on each span.
    Fields,
    /// Three fields on each span and an event in each child.
    Rich,
    /// A name and a failure on each span, and an event with a message in each child; with fastrace the same as rich,
    /// since it has neither.
    Words,
}

/// Whose spans are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// `tracing::info_span!` and `tracing::info!`.
    Tracing,
    /// `fastrace::Span` and `fastrace::local::LocalSpan`.
    Fastrace,
}

// === impl Work ===

impl Work {
    /// Every kind.
    pub const ALL: [Work; 4] = [Work::Bare, Work::Fields, Work::Rich, Work::Words];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Work::Bare => "bare",
            Work::Fields => "fields",
            Work::Rich => "rich",
            Work::Words => "words",
        }
    }

    /// The kind with this name.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn named(name: &str) -> Work {
        let found = Work::ALL.into_iter().find(|work| work.name() == name);
        found.unwrap_or_else(|| panic!("no work is called {name:?}"))
    }

    /// Spans of a request.
    #[must_use]
    pub fn spans(self) -> u64 {
        let children = if self == Work::Bare { BARE_CHILDREN } else { RICH_CHILDREN };
        children.unsigned_abs() + 1
    }

    /// Events of a request.
    #[must_use]
    pub fn events(self) -> u64 {
        if matches!(self, Work::Rich | Work::Words) { RICH_CHILDREN.unsigned_abs() } else { 0 }
    }

    /// Does one request; `number` is the value of its fields.
    #[must_use]
    pub fn request(self, api: Api) -> fn(number: i64) {
        match (api, self) {
            (Api::Tracing, Work::Bare) => spans::bare,
            (Api::Tracing, Work::Fields) => spans::fields,
            (Api::Tracing, Work::Rich) => spans::rich,
            (Api::Tracing, Work::Words) => spans::words,
            (Api::Fastrace, Work::Bare) => local_spans::bare,
            (Api::Fastrace, Work::Fields) => local_spans::fields,
            (Api::Fastrace, Work::Rich | Work::Words) => local_spans::rich,
        }
    }
}
