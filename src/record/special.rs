//! `Special`: what the fields of a call mean beyond attributes.

use super::derived::Derived;
use super::plan::{Plan, Role};
use super::text;
use crate::wire::{SpanKind, StatusCode};

/// What has a meaning beyond an attribute. Texts are valid when their flag is set (they keep their buffers).
#[derive(Debug, Default)]
pub(crate) struct Special {
    pub(crate) any: bool,
    /// `otel.name` of a span, `message` of an event.
    pub(crate) has_name: bool,
    pub(crate) name: String,
    /// Of an event: it has a message that is not exported.
    pub(crate) hidden_message: bool,
    pub(crate) kind: Option<SpanKind>,
    pub(crate) status_code: Option<StatusCode>,
    pub(crate) has_description: bool,
    pub(crate) description: String,
    /// Of an event: the text of its field `error`.
    pub(crate) has_error: bool,
    pub(crate) error: String,
    /// Of an event: the type of the error, where it is known.
    pub(crate) error_type: String,
    /// Of a span: which of its attributes errors have made.
    pub(crate) derived: Derived,
    /// `exception.*` attributes for the span, with their keys, where it is not yet known whether it has better ones.
    pub(crate) exception: Vec<(&'static str, Vec<u8>)>,
}

// === impl Special ===

impl Special {
    pub(super) fn clear(&mut self) {
        self.any = false;
        self.has_name = false;
        self.name.clear();
        self.hidden_message = false;
        self.kind = None;
        self.status_code = None;
        self.has_description = false;
        self.description.clear();
        self.has_error = false;
        self.error.clear();
        self.error_type.clear();
        self.exception.clear();
        self.derived = Derived::default();
    }

    /// Bytes of its buffers.
    #[inline]
    pub(super) fn held(&self) -> usize {
        self.name.capacity() + self.description.capacity() + self.error.capacity()
    }

    pub(super) fn set(&mut self, role: Role, value: &str, value_length: usize) {
        self.any = true;
        match role {
            // An empty message says nothing.
            Role::Message if value.is_empty() => {}
            Role::Name | Role::Message => {
                self.has_name = true;
                self.name.clear();
                self.name.push_str(value);
            }
            Role::Kind => self.kind = kind_of(value).or(self.kind),
            Role::StatusCode => self.status_code = status_of(value).or(self.status_code),
            Role::StatusDescription => {
                self.has_description = true;
                self.description.clear();
                self.description.push_str(value);
            }
            Role::Error => {
                self.has_error = true;
                self.error.clear();
                self.error.push_str(text::cut(value, value_length));
            }
            Role::Attribute | Role::Origin => {}
        }
    }

    /// Notes what `error.type` is to say.
    pub(super) fn set_error_type(&mut self, plan: &Plan, kind: &str) {
        self.error_type.clear();
        self.error_type.push_str(&plan.derived("error.type", kind).unwrap_or_default());
    }

    /// There is a message, which is not to be exported: the event is no less about it.
    pub(super) fn hide_message(&mut self) {
        self.any = true;
        self.hidden_message = true;
    }

    /// Whether the event is an error and nothing else: it has no message.
    pub(super) fn is_failure(&self) -> bool {
        self.has_error && !self.has_name && !self.hidden_message
    }

    /// Whether the event tells of an error rather than of something else.
    pub(super) fn is_exception(&self) -> bool {
        self.is_failure() || !self.exception.is_empty()
    }
}

/// `server`, `Server`, `"server"`, `SpanKind::Server`: the last word counts, in any case.
fn last_word(text: &str) -> &str {
    let text = text.trim_matches('"');
    let before = text.as_bytes().windows(2).rposition(|two| two == b"::");
    before.map_or(text, |at| &text[at + 2..])
}

fn kind_of(text: &str) -> Option<SpanKind> {
    let kinds = [
        ("internal", SpanKind::Internal),
        ("server", SpanKind::Server),
        ("client", SpanKind::Client),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
    ];
    let word = last_word(text);
    kinds.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, kind)| *kind)
}

fn status_of(text: &str) -> Option<StatusCode> {
    let word = last_word(text);
    let codes = [("ok", StatusCode::Ok), ("error", StatusCode::Error)];
    codes.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_codes_are_read_in_any_case_and_by_debug() {
        for text in ["server", "SERVER", "Server", "\"server\"", "SpanKind::Server"] {
            assert_eq!(kind_of(text), Some(SpanKind::Server), "{text}");
        }
        assert_eq!(kind_of("serve"), None);
        assert_eq!(status_of("OK"), Some(StatusCode::Ok));
        assert_eq!(status_of("StatusCode::Error"), Some(StatusCode::Error));
        assert_eq!(status_of("Unset"), None);
    }
}
