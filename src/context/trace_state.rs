//! `TraceState`: the members of the `tracestate` header, in order.

use super::trace_state_reader::{self, ParseTraceStateError, TraceStateReader};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The most members that a list may have (W3C Trace Context level 2, section 3.3.2).
const MAX_MEMBERS: usize = trace_state_reader::MAX_MEMBERS;
/// The length up to which a header is sent whole (section 3.3.3.1).
const MAX_HEADER: usize = 512;
/// A member longer than this goes first when the header is too long (section 3.3.3.1).
const LONG_MEMBER: usize = 128;

/// What each tracing system on the way wants to find again: an ordered list of at most 32 keys and values,
/// the latest first (W3C Trace Context level 2, section 3.3).
///
/// Always valid: it comes from a header that was read strictly, or from members that were checked.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct TraceState {
    /// `key=value` joined by commas; no white space around them, no empty member, no key twice.
    text: String,
}

// === impl TraceState ===

impl TraceState {
    /// The list without members. Also the default.
    pub const EMPTY: TraceState = TraceState { text: String::new() };

    /// Length of all members as text, in bytes.
    pub(crate) fn length(&self) -> usize {
        self.text.len()
    }

    /// Whether there are no members.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The members, first to last.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.members().filter_map(|member| member.split_once('='))
    }

    /// The value of this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find_map(|(k, value)| (k == key).then_some(value))
    }

    /// Puts a member in front, in place of one with the same key; a 33rd member drops the last
    /// (section 3.5).
    ///
    /// # Errors
    /// If key or value break the grammar (section 3.3.2); nothing changes then.
    pub fn insert(&mut self, key: &str, value: &str) -> Result<(), ParseTraceStateError> {
        trace_state_reader::check_member(key.as_bytes(), value.as_bytes())?;
        let mut text = String::with_capacity(self.text.len() + key.len() + value.len() + 2);
        push_member(&mut text, key);
        text.push('=');
        text.push_str(value);
        for member in self.members().filter(|m| key_of(m) != key).take(MAX_MEMBERS - 1) {
            push_member(&mut text, member);
        }
        self.text = text;
        Ok(())
    }

    /// Removes the member with this key; whether there was one.
    pub fn remove(&mut self, key: &str) -> bool {
        if self.get(key).is_none() {
            return false;
        }
        let mut text = String::with_capacity(self.text.len());
        for member in self.members().filter(|m| key_of(m) != key) {
            push_member(&mut text, member);
        }
        self.text = text;
        true
    }

    /// The value of the header to send: of a list longer than 512 characters, members of more than 128 are
    /// left out first, then others, each time from the end, until it fits (section 3.3.3.1).
    #[must_use]
    pub fn to_header(&self) -> Cow<'_, str> {
        if self.text.len() <= MAX_HEADER {
            return Cow::Borrowed(&self.text);
        }
        let mut members: Vec<&str> = self.members().collect();
        let mut len = self.text.len();
        for least in [LONG_MEMBER + 1, 0] {
            for at in (0..members.len()).rev() {
                if len > MAX_HEADER && members[at].len() >= least {
                    len = len.saturating_sub(members.remove(at).len() + 1);
                }
            }
        }
        Cow::Owned(members.join(","))
    }

    /// The list whose text a reader has made.
    pub(super) fn from_reader(text: String) -> Self {
        TraceState { text }
    }

    fn members(&self) -> impl Iterator<Item = &str> {
        self.text.split(',').filter(|member| !member.is_empty())
    }
}

impl fmt::Display for TraceState {
    /// Writes the whole list; [`to_header`](TraceState::to_header) keeps to the length of a header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for TraceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl FromStr for TraceState {
    type Err = ParseTraceStateError;

    /// Reads the value of one header.
    fn from_str(header: &str) -> Result<Self, Self::Err> {
        let mut reader = TraceStateReader::new();
        reader.read(header.as_bytes());
        reader.finish()
    }
}

fn key_of(member: &str) -> &str {
    member.split_once('=').map_or(member, |(key, _)| key)
}

fn push_member(text: &mut String, member: &str) {
    if !text.is_empty() {
        text.push(',');
    }
    text.push_str(member);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(text: &str) -> TraceState {
        text.parse().expect("a valid trace state")
    }

    #[test]
    fn what_is_inserted_goes_first_and_replaces_its_key() {
        let mut s = state("a=1,b=2,c=3");
        s.insert("b", "x y").expect("valid");
        assert_eq!(s.to_string(), "b=x y,a=1,c=3");
        s.insert("d", "4").expect("valid");
        assert_eq!(s.to_string(), "d=4,b=x y,a=1,c=3");
        assert_eq!((s.get("b"), s.get("e")), (Some("x y"), None));
        assert_eq!(s.iter().last(), Some(("c", "3")));
        assert!(s.remove("b") && !s.remove("b"));
        assert_eq!(s.to_string(), "d=4,a=1,c=3");
    }

    #[test]
    fn the_thirty_third_member_drops_the_last() {
        let mut s = TraceState::EMPTY;
        for n in 1..=33 {
            s.insert(&format!("k{n}"), "v").expect("valid");
        }
        assert_eq!(s.iter().count(), 32);
        assert_eq!((s.get("k1"), s.get("k2"), s.get("k33")), (None, Some("v"), Some("v")));
        s.insert("k2", "w").expect("valid");
        assert_eq!((s.iter().count(), s.iter().next()), (32, Some(("k2", "w"))));
    }

    #[test]
    fn a_bad_member_is_not_inserted() {
        let mut s = state("a=1");
        let long = "v".repeat(257);
        for (key, value) in [
            ("", "1"),
            ("A", "1"),
            ("a b", "1"),
            ("@a", "1"),
            (&long, "1"),
            ("a", ""),
            ("a", "1 "),
            ("a", "1,b=2"),
            ("a", "x=y"),
            ("a", "é"),
            ("a", "\t1"),
            ("a", &long),
        ] {
            assert!(s.insert(key, value).is_err(), "{key:?} {value:?}");
        }
        assert_eq!(s.to_string(), "a=1");
    }

    #[test]
    fn a_header_of_512_characters_is_sent_whole() {
        let text = (0..4).map(|n| format!("key{n}={}", "v".repeat(122))).collect::<Vec<_>>().join(",");
        let whole = format!("{text},z=1");
        assert_eq!((text.len(), whole.len()), (511, 515));
        assert_eq!(state(&text).to_header(), text.as_str());
        assert_eq!(state(&whole).to_header(), text.as_str());
    }

    #[test]
    fn long_members_are_left_out_before_others_and_only_as_many_as_needed() {
        let long = |key: char| format!("{key}={}", "v".repeat(127));
        let short = |key: char| format!("{key}={}", "v".repeat(100));
        let s = state(&[long('a'), short('b'), short('c'), short('d'), long('e')].join(","));
        assert_eq!(s.to_header(), [long('a'), short('b'), short('c'), short('d')].join(",").as_str());
        let s = state(&[long('a'), short('b'), short('c'), short('d'), short('e'), short('f')].join(","));
        assert_eq!(s.to_header(), [short('b'), short('c'), short('d'), short('e')].join(",").as_str());
        let s = state(&[short('a'), short('b'), short('c'), short('d'), short('e')].join(","));
        assert_eq!(s.to_header(), [short('a'), short('b'), short('c'), short('d')].join(",").as_str());
    }
}
