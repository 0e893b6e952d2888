//! `Baggage`: names and values that a program sends along with its requests.

use super::baggage_member::{self, BaggageError, Member};
use super::correlation_id::KEY;
use super::{CorrelationId, percent};
use std::borrow::Cow;
use std::fmt;

/// The most members that are kept (W3C Baggage, section 3.3.2: at least 64 are to be propagated).
pub(super) const MAX_MEMBERS: usize = 64;
/// The longest that the header gets, in bytes (the same section: at least 8,192).
pub(super) const MAX_BYTES: usize = 8192;

/// Names and values that travel with a context, to every service that it comes to (W3C Baggage).
///
/// At most 64 members, and 8,192 bytes as a header. Names are tokens (letters, digits and ``!#$%&'*+-.^_`|~``; case
/// matters), values any text: it is percent-coded on its way. Everybody on the way can read it, so it is no place
/// for secrets.
///
/// ```
/// use throughline::Baggage;
///
/// let mut baggage = Baggage::EMPTY;
/// baggage.insert("tenant", "Ä & Co")?;
/// assert_eq!(baggage.get("tenant").as_deref(), Some("Ä & Co"));
/// assert_eq!(baggage.to_string(), "tenant=%C3%84%20&%20Co");
/// # Ok::<(), throughline::BaggageError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Baggage {
    /// The header: `name=value;properties` joined by commas, no white space around them, no name twice.
    text: String,
}

// === impl Baggage ===

impl Baggage {
    /// The baggage without members. Also the default.
    pub const EMPTY: Baggage = Baggage { text: String::new() };

    /// Whether there are no members.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members().count()
    }

    /// The value of this name, decoded. Bytes that are no UTF-8 have become U+FFFD.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.member(name).map(|member| percent::decode(member.value))
    }

    /// The properties of this name as they came, joined by `;`; empty if it has none.
    #[must_use]
    pub fn properties(&self, name: &str) -> Option<&str> {
        self.member(name).map(|member| member.properties)
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.members().map(|member| (member.name, percent::decode(member.value)))
    }

    /// Sets a value, in place of one with the same name and its properties.
    ///
    /// # Errors
    /// If the name is no token, or there is [no room](BaggageError::is_full) for the member; nothing changes then.
    pub fn insert(&mut self, name: &str, value: &str) -> Result<(), BaggageError> {
        self.insert_with_properties(name, value, "")
    }

    /// As [`insert`](Self::insert), with properties: `key` or `key=value`, joined by `;`, not coded.
    ///
    /// # Errors
    /// As [`insert`](Self::insert), and if a property breaks the grammar (W3C Baggage, section 3.3.1.4).
    pub fn insert_with_properties(
        &mut self,
        name: &str,
        value: &str,
        properties: &str,
    ) -> Result<(), BaggageError> {
        Member::check_name(name)?;
        let mut member = String::with_capacity(name.len() + value.len() + properties.len() + 2);
        member.push_str(name);
        member.push('=');
        percent::encode_into(&mut member, value, baggage_member::is_plain);
        if !properties.is_empty() {
            member.push(';');
            member.push_str(properties);
        }
        self.insert_text(&member)
    }

    /// Adds all of another one's members for which there is room; returns how many there was none for.
    pub(crate) fn extend(&mut self, other: &Baggage) -> usize {
        other.members().filter(|member| self.insert_text(member.text).is_err()).count()
    }

    /// Removes a member; whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        if self.member(name).is_none() {
            return false;
        }
        let left: Vec<_> = self.members().filter(|m| m.name != name).map(|member| member.text).collect();
        self.text = left.join(",");
        true
    }

    /// The header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Appends a member that a reader has looked at, with room for all that it reads.
    pub(super) fn push(&mut self, text: &str, room: usize) {
        if self.text.is_empty() {
            self.text.reserve_exact(room);
        } else {
            self.text.push(',');
        }
        self.text.push_str(text);
    }

    /// Removes the last member; whether there was one.
    pub(super) fn pop(&mut self) -> bool {
        let there = !self.text.is_empty();
        self.text.truncate(self.text.rfind(',').unwrap_or_default());
        there
    }

    /// Adds a member as it stands in a header, in place of one with the same name.
    fn insert_text(&mut self, text: &str) -> Result<(), BaggageError> {
        let text = Member::read(text.as_bytes())?.canonical();
        let member = Member::split(&text);
        let (mut kept, mut members) = (self.text.len(), 0);
        for other in self.members() {
            members += 1;
            if other.name == member.name {
                kept -= (other.text.len() + 1).min(kept);
                members -= 1;
            }
        }
        if members >= MAX_MEMBERS || kept + usize::from(kept > 0) + text.len() > MAX_BYTES {
            return Err(BaggageError::full());
        }
        self.remove(member.name);
        if !self.text.is_empty() {
            self.text.push(',');
        }
        self.text.push_str(&text);
        Ok(())
    }

    /// The same members with the correlation id: it goes first, and takes the place of what is last where there is no
    /// room.
    pub(super) fn with_correlation_id(&self, id: &CorrelationId) -> Baggage {
        let mut text = String::with_capacity(KEY.len() + 1 + id.as_str().len() + 1 + self.text.len());
        text.push_str(KEY);
        text.push('=');
        percent::encode_into(&mut text, id.as_str(), baggage_member::is_plain);
        for other in self.members().filter(|member| member.name != KEY).take(MAX_MEMBERS - 1) {
            if text.len() + 1 + other.text.len() > MAX_BYTES {
                break;
            }
            text.push(',');
            text.push_str(other.text);
        }
        Baggage { text }
    }

    fn member(&self, name: &str) -> Option<Member<'_>> {
        // Every member has a `=` right after its name.
        let is_it = |text: &&str| text.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
        self.text.split(',').find(is_it).map(Member::split)
    }

    fn members(&self) -> impl Iterator<Item = Member<'_>> {
        self.text.split(',').filter(|member| !member.is_empty()).map(Member::split)
    }
}

impl fmt::Display for Baggage {
    /// Writes the header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Baggage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inserted_replaces_its_name_and_its_properties() {
        let mut baggage = Baggage::EMPTY;
        baggage.insert_with_properties("a", "1", "p;q=2").expect("valid");
        baggage.insert("b", "x, y;z\"%\n").expect("valid");
        assert_eq!(baggage.as_str(), "a=1;p;q=2,b=x%2C%20y%3Bz%22%25%0A");
        assert_eq!(
            (baggage.properties("a"), baggage.properties("b"), baggage.properties("c")),
            (Some("p;q=2"), Some(""), None)
        );
        baggage.insert("a", "ü=").expect("valid");
        assert_eq!(baggage.as_str(), "b=x%2C%20y%3Bz%22%25%0A,a=%C3%BC=");
        assert_eq!(baggage.iter().collect::<Vec<_>>(), [("b", "x, y;z\"%\n".into()), ("a", "ü=".into())]);
        baggage.insert("a", "1+1").expect("valid");
        assert_eq!(baggage.as_str(), "b=x%2C%20y%3Bz%22%25%0A,a=1%2B1", "no blank for who decodes forms");
        assert!(baggage.remove("b") && !baggage.remove("b"));
        assert_eq!((baggage.len(), baggage.get("b")), (1, None));
    }

    #[test]
    fn what_breaks_the_grammar_is_refused() {
        let mut baggage = Baggage::EMPTY;
        for name in ["", "a b", " a", "a=b", "a,b", "a;b", "é", "a\r\nb", "a/b", "(a)"] {
            assert!(baggage.insert(name, "1").is_err_and(|error| !error.is_full()), "{name:?}");
        }
        for properties in [";", "a b", "p=\n", "p,q", "=1", "p=\"x\""] {
            assert!(baggage.insert_with_properties("a", "1", properties).is_err(), "{properties:?}");
        }
        assert!(baggage.is_empty());
    }

    #[test]
    fn there_is_room_for_64_members_and_8192_bytes_and_replacing_needs_none() {
        let mut baggage = Baggage::EMPTY;
        for n in 0..64 {
            baggage.insert(&format!("k{n}"), "v").expect("there is room");
        }
        assert!(baggage.insert("k64", "v").expect_err("full").is_full());
        baggage.insert("k0", "w").expect("replaced");
        assert_eq!(baggage.len(), 64);
        let mut baggage = Baggage::EMPTY;
        baggage.insert("a", &"v".repeat(8190)).expect("exactly 8,192 bytes");
        baggage.insert("a", &"w".repeat(8190)).expect("replaced");
        assert!(baggage.insert("b", "").is_err_and(|error| error.is_full()));
        assert!(baggage.insert("a", &"v".repeat(8191)).is_err_and(|error| error.is_full()));
        assert_eq!(baggage.get("a").as_deref(), Some(&*"w".repeat(8190)));
    }

    #[test]
    fn the_correlation_id_goes_first_and_makes_room_for_itself() {
        let id: CorrelationId = "a,b".parse().expect("valid");
        let mut baggage = Baggage::EMPTY;
        for n in 0..64 {
            baggage.insert(&format!("k{n}"), "v").expect("there is room");
        }
        let baggage = baggage.with_correlation_id(&id);
        assert_eq!(baggage, baggage.with_correlation_id(&id));
        assert_eq!((baggage.len(), baggage.iter().next()), (64, Some((KEY, "a,b".into()))));
        assert_eq!((baggage.get("k62").as_deref(), baggage.get("k63")), (Some("v"), None));
    }
}
