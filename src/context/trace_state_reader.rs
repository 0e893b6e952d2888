//! `TraceStateReader`: reads `tracestate` headers strictly into a [`TraceState`].
//!
//! The grammar (W3C Trace Context level 2, section 3.3.2; `OWS` is that of RFC 9110):
//!
//! ```abnf
//! list        = list-member *31( OWS "," OWS list-member )
//! list-member = ( key "=" value ) / OWS
//! key         = ( lcalpha / DIGIT ) *255( lcalpha / DIGIT / "_" / "-" / "*" / "/" / "@" )
//! value       = *255( %x20 / nblk-chr ) nblk-chr
//! nblk-chr    = %x21-2B / %x2D-3C / %x3E-7E        ; printable, without "," and "="
//! ```
//!
//! Several headers are one list. Empty members do not count towards the 32. A key that comes again is
//! dropped: the first is the latest, and the list must not have it twice (section 3.5 allows that).

use super::TraceState;
use super::ows::trim_ows;
use std::fmt;

/// The most members that a list may have (section 3.3.2).
pub(super) const MAX_MEMBERS: usize = 32;
const MAX_KEY: usize = 256;
const MAX_VALUE: usize = 256;

/// The text was not a `tracestate` list, or not a member of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseTraceStateError(Reason);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    NoValue,
    Key,
    Value,
    TooMany,
}

/// Reads any number of headers, in their order, into one list.
#[derive(Debug)]
pub(crate) struct TraceStateReader {
    text: String,
    members: usize,
    error: Option<ParseTraceStateError>,
}

// === impl TraceStateReader ===

impl TraceStateReader {
    /// A reader that has read nothing.
    pub(crate) const fn new() -> Self {
        TraceStateReader { text: String::new(), members: 0, error: None }
    }

    /// Reads one header; after the first error there is nothing more to read.
    pub(crate) fn read(&mut self, header: &[u8]) {
        for member in header.split(|c| *c == b',') {
            if self.error.is_some() {
                return;
            }
            let member = trim_ows(member);
            if !member.is_empty() {
                self.error = self.read_member(member, header.len()).err();
            }
        }
    }

    /// The list.
    ///
    /// # Errors
    /// If one member is malformed or there are more than 32: then all of the list is to be dropped.
    pub(crate) fn finish(self) -> Result<TraceState, ParseTraceStateError> {
        self.error.map_or_else(|| Ok(TraceState::from_reader(self.text)), Err)
    }

    fn read_member(&mut self, member: &[u8], room: usize) -> Result<(), ParseTraceStateError> {
        self.members += 1;
        if self.members > MAX_MEMBERS {
            return Err(ParseTraceStateError(Reason::TooMany));
        }
        let (key, value) = split_member(member)?;
        check_member(key, value)?;
        let member = std::str::from_utf8(member).map_err(|_| ParseTraceStateError(Reason::Value))?;
        if self.has(&member[..key.len()]) {
            return Ok(());
        }
        if self.text.is_empty() {
            self.text.reserve_exact(room);
        } else {
            self.text.push(',');
        }
        self.text.push_str(member);
        Ok(())
    }

    fn has(&self, key: &str) -> bool {
        self.text.split(',').any(|m| m.strip_prefix(key).is_some_and(|rest| rest.starts_with('=')))
    }
}

// === impl ParseTraceStateError ===

impl fmt::Display for ParseTraceStateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Reason::NoValue => "a member of tracestate must be `key=value`",
            Reason::Key => "a key of tracestate must be 1 to 256 of a-z, 0-9, _, -, *, / and @, a letter or digit first",
            Reason::Value => "a value of tracestate must be 1 to 256 printable ASCII characters without `,` and `=`, no space last",
            Reason::TooMany => "tracestate must have at most 32 members",
        })
    }
}

impl std::error::Error for ParseTraceStateError {}

/// Checks both halves of a member against the grammar.
pub(super) fn check_member(key: &[u8], value: &[u8]) -> Result<(), ParseTraceStateError> {
    let starts_well = key.first().is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !starts_well || key.len() > MAX_KEY || !all(key, &KEY_CHARS) {
        return Err(ParseTraceStateError(Reason::Key));
    }
    let ends_well = value.last().is_some_and(|c| *c != b' ');
    if !ends_well || value.len() > MAX_VALUE || !all(value, &VALUE_CHARS) {
        return Err(ParseTraceStateError(Reason::Value));
    }
    Ok(())
}

fn split_member(member: &[u8]) -> Result<(&[u8], &[u8]), ParseTraceStateError> {
    let at = member.iter().position(|c| *c == b'=').ok_or(ParseTraceStateError(Reason::NoValue))?;
    Ok((&member[..at], &member[at + 1..]))
}

/// Without a branch for each character.
fn all(text: &[u8], legal: &[bool; 256]) -> bool {
    text.iter().fold(true, |so_far, c| so_far & legal[usize::from(*c)])
}

static KEY_CHARS: [bool; 256] = {
    let mut table = [false; 256];
    let mut c = 0;
    while c < 256 {
        table[c] = is_key_char(c as u8);
        c += 1;
    }
    table
};

static VALUE_CHARS: [bool; 256] = {
    let mut table = [false; 256];
    let mut c = 0;
    while c < 256 {
        table[c] = is_value_char(c as u8);
        c += 1;
    }
    table
};

const fn is_key_char(c: u8) -> bool {
    matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@')
}

const fn is_value_char(c: u8) -> bool {
    matches!(c, b' '..=b'~') && c != b',' && c != b'='
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[&str]) -> Result<String, ParseTraceStateError> {
        let mut reader = TraceStateReader::new();
        headers.iter().for_each(|header| reader.read(header.as_bytes()));
        reader.finish().map(|state| state.to_string())
    }

    fn numbered(members: usize) -> String {
        (0..members).map(|n| format!("bar{n:02}={n:02}")).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn white_space_around_members_and_empty_members_are_dropped() {
        for (header, expected) in [
            ("foo=1 \t , \t bar=2, \t baz=3", "foo=1,bar=2,baz=3"),
            ("foo=1\t \t,\t \tbar=2,\t \tbaz=3", "foo=1,bar=2,baz=3"),
            ("\t foo=1 \t", "foo=1"),
            ("foo=1,", "foo=1"),
            (",, ,\t,foo=1", "foo=1"),
            ("", ""),
            (" ", ""),
        ] {
            assert_eq!(read(&[header]).as_deref(), Ok(expected), "{header:?}");
        }
    }

    #[test]
    fn leading_spaces_belong_to_the_value() {
        assert_eq!(read(&["foo=  1 2  ,bar=3"]).as_deref(), Ok("foo=  1 2,bar=3"));
    }

    #[test]
    fn several_headers_are_one_list_in_their_order() {
        assert_eq!(
            read(&["foo=1,bar=2", "", "rojo=1,congo=2", "baz=3"]).as_deref(),
            Ok("foo=1,bar=2,rojo=1,congo=2,baz=3")
        );
        assert_eq!(read(&["foo=1", "FOO=1"]), Err(ParseTraceStateError(Reason::Key)));
        assert_eq!(read(&["FOO=1", "foo=1"]), Err(ParseTraceStateError(Reason::Key)));
    }

    #[test]
    fn of_a_key_that_comes_twice_the_first_stays() {
        assert_eq!(read(&["foo=1,foo=1"]).as_deref(), Ok("foo=1"));
        assert_eq!(read(&["foo=1,foobar=3", "foo=2"]).as_deref(), Ok("foo=1,foobar=3"));
        assert_eq!(read(&["bar=foo,foo=2"]).as_deref(), Ok("bar=foo,foo=2"));
        assert_eq!(read(&["foobar=1,foo=2,bar=3"]).as_deref(), Ok("foobar=1,foo=2,bar=3"));
    }

    #[test]
    fn thirty_two_members_are_read_and_thirty_three_drop_all() {
        assert_eq!(read(&[&numbered(32)]), Ok(numbered(32)));
        assert_eq!(read(&["", &numbered(32), ",,"]), Ok(numbered(32)));
        assert_eq!(read(&[&numbered(33)]), Err(ParseTraceStateError(Reason::TooMany)));
        assert_eq!(read(&[&numbered(32), "bar00=1"]), Err(ParseTraceStateError(Reason::TooMany)));
    }

    #[test]
    fn every_legal_character_is_kept() {
        let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/@a-z0-9_-*/";
        let value: String = (' '..='~').filter(|c| *c != ',' && *c != '=').collect();
        let member = format!("{key}={value}");
        assert_eq!(read(&[&member]), Ok(member));
    }

    #[test]
    fn keys_of_level_2_may_start_with_a_digit_and_hold_any_number_of_at_signs() {
        for header in ["1a=1", "0=1", "foo@=1,bar=2", "foo@@bar=1,bar=2", "foo@bar@baz=1,bar=2", "1@x=1"] {
            assert_eq!(read(&[header]).as_deref(), Ok(header));
        }
    }

    #[test]
    fn one_malformed_member_drops_all() {
        for (header, reason) in [
            ("foo =1", Reason::Key),
            ("FOO=1", Reason::Key),
            ("foo.bar=1", Reason::Key),
            ("@foo=1,bar=2", Reason::Key),
            ("-foo=1,bar=2", Reason::Key),
            ("=1", Reason::Key),
            ("é=1", Reason::Key),
            ("foo=bar=baz", Reason::Value),
            ("foo=,bar=3", Reason::Value),
            ("foo=  ,bar=3", Reason::Value),
            ("foo=a\tb", Reason::Value),
            ("foo=é", Reason::Value),
            ("foo=\u{7f}", Reason::Value),
            ("foo=1\n", Reason::Value),
            ("foo", Reason::NoValue),
        ] {
            assert_eq!(read(&[header]), Err(ParseTraceStateError(reason)), "{header:?}");
        }
    }

    #[test]
    fn keys_and_values_end_at_256_characters() {
        let (z256, z257) = ("z".repeat(256), "z".repeat(257));
        let tenants = [
            "t".repeat(241) + "@" + &"v".repeat(14),
            "t".repeat(242) + "@v",
            "t@".to_owned() + &"v".repeat(15),
        ];
        for key in tenants.iter().chain([&z256]) {
            assert_eq!(read(&["foo=1", &format!("{key}=1")]), Ok(format!("foo=1,{key}=1")));
        }
        assert_eq!(read(&["foo=1", &format!("{z257}=1")]), Err(ParseTraceStateError(Reason::Key)));
        assert_eq!(read(&[&format!("foo={z256}")]), Ok(format!("foo={z256}")));
        assert_eq!(read(&[&format!("foo={z257}")]), Err(ParseTraceStateError(Reason::Value)));
    }

    #[test]
    fn an_error_says_what_is_wrong() {
        assert_eq!(
            read(&["foo"]).expect_err("no value").to_string(),
            "a member of tracestate must be `key=value`"
        );
    }
}
