//! `Sight`: what a service says that it saw of a request.

use serde_json::Value;

/// What a service saw, as it was answered.
#[derive(Debug)]
pub(crate) struct Sight(pub(crate) Value);

// === impl Sight ===

impl Sight {
    /// A text that every make tells: `service`, `trace_id`, `span_id`, `parent_id`.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    pub(crate) fn is_sampled(&self) -> bool {
        self.0["sampled"].as_bool().unwrap_or_else(|| panic!("no decision in {self:?}"))
    }

    /// The span that the next service was asked in, where the make tells it.
    pub(crate) fn client_id(&self) -> Option<&str> {
        self.0["client_id"].as_str()
    }

    /// A value of the baggage, as a program gets it there.
    pub(crate) fn baggage(&self, name: &str) -> Option<&str> {
        self.0["baggage"][name].as_str()
    }

    /// A header that came.
    pub(crate) fn received(&self, name: &str) -> Option<&str> {
        self.0["received"][name].as_str()
    }

    /// The names of the headers with context that came, in order.
    pub(crate) fn headers(&self) -> Vec<&str> {
        let headers = self.0["received"].as_object().expect("every make tells them");
        let mut names: Vec<_> = headers.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}
