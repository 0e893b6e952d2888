//! `BaggageReader`: reads `baggage` headers into a [`Baggage`].
//!
//! All headers of a request are one list. Of a name that comes twice the last value stays. A member that breaks the
//! grammar is dropped as a whole and the others stay; of more than there is room for the last are dropped, but never the
//! correlation id.

use super::Baggage;
use super::baggage::{MAX_BYTES, MAX_MEMBERS};
use super::baggage_member::Member;
use super::correlation_id::KEY;
use super::ows::trim_ows;

/// Names that come again are looked for so often; who sends more of them has sent enough.
const MAX_REPLACED: usize = 4 * MAX_MEMBERS;

/// Reads any number of headers, in their order.
#[derive(Debug, Default)]
pub(crate) struct BaggageReader {
    baggage: Baggage,
    members: usize,
    replaced: usize,
    /// One has found no room: those after it are dropped.
    full: bool,
    dropped: usize,
    malformed: usize,
}

/// What was read.
pub(crate) struct ReadBaggage {
    pub(crate) baggage: Baggage,
    /// Members that there was no room for.
    pub(crate) dropped: usize,
    pub(crate) malformed: usize,
}

// === impl BaggageReader ===

impl BaggageReader {
    /// Reads one header.
    pub(crate) fn read(&mut self, header: &[u8]) {
        for member in header.split(|byte| *byte == b',').map(trim_ows) {
            if member.is_empty() {
                continue;
            }
            // What is dropped anyhow is not looked into: nobody makes us work by sending more.
            if self.full && !member.starts_with(KEY.as_bytes()) {
                self.dropped += 1;
                continue;
            }
            match Member::read(member) {
                Ok(member) => self.add(member, header.len()),
                Err(_) => self.malformed += 1,
            }
        }
    }

    /// The members as baggage.
    pub(crate) fn finish(self) -> ReadBaggage {
        ReadBaggage { baggage: self.baggage, dropped: self.dropped, malformed: self.malformed }
    }

    fn add(&mut self, member: Member<'_>, room: usize) {
        let text = member.canonical();
        if self.baggage.remove(member.name) {
            self.members -= 1;
            self.replaced += 1;
        }
        if member.name == KEY && text.len() <= MAX_BYTES {
            while !self.has_room(&text) && self.baggage.pop() {
                self.members -= 1;
                self.dropped += 1;
            }
        }
        if self.has_room(&text) {
            self.members += 1;
            self.baggage.push(&text, room.min(MAX_BYTES));
            self.full |= self.replaced > MAX_REPLACED;
            return;
        }
        self.dropped += 1;
        // One that could never fit says nothing about the next.
        self.full |= text.len() < MAX_BYTES;
    }

    fn has_room(&self, text: &str) -> bool {
        let before = self.baggage.as_str().len();
        self.members < MAX_MEMBERS && before + usize::from(before > 0) + text.len() <= MAX_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(headers: &[&str]) -> ReadBaggage {
        let mut reader = BaggageReader::default();
        headers.iter().for_each(|header| reader.read(header.as_bytes()));
        reader.finish()
    }

    fn text(header: &str) -> String {
        read(&[header]).baggage.to_string()
    }

    #[test]
    fn white_space_that_is_optional_goes_and_what_is_coded_stays() {
        // The examples of the specification, sections 3.3.2 and 3.4.
        for (header, expected) in [
            (
                "key1=value1,key2=value2;property1;property2, key3=value3; propertyKey=propertyValue",
                "key1=value1,key2=value2;property1;property2,key3=value3;propertyKey=propertyValue",
            ),
            (
                "userId=Am%C3%A9lie,serverNode=DF%2028,isProduction=false",
                "userId=Am%C3%A9lie,serverNode=DF%2028,isProduction=false",
            ),
            (
                "SomeKey \t = \t SomeValue \t ; \t SomeProp \t , \t SomeKey2 \t = \t SomeValue2 \t ",
                "SomeKey=SomeValue;SomeProp,SomeKey2=SomeValue2",
            ),
            ("SomeKey=SomeValue=equals;p=a=b", "SomeKey=SomeValue=equals;p=a=b"),
            ("a=", "a="),
            (",, ,\t,a=1,", "a=1"),
            ("", ""),
        ] {
            assert_eq!(text(header), expected, "{header:?}");
        }
        let baggage = read(&["userId=Am%C3%A9lie,serverNode=DF%2028"]).baggage;
        assert_eq!(
            (baggage.get("userId").as_deref(), baggage.get("serverNode").as_deref()),
            (Some("Amélie"), Some("DF 28"))
        );
    }

    #[test]
    fn a_malformed_member_is_dropped_whole_and_the_others_stay() {
        for bad in [
            "b",
            "=1",
            "b c=1",
            "é=1",
            "b=é",
            "b=1 2",
            "b=\"1\"",
            "b=1\\",
            "b=1;",
            "b=1;p q",
            "b=1;=x",
            "b;c=1",
            "b=1\r\nX: y",
            "b=\u{7f}",
        ] {
            let read = read(&[&format!("a=1,{bad},c=3")]);
            assert_eq!((read.baggage.as_str(), read.malformed), ("a=1,c=3", 1), "{bad:?}");
        }
        let mut reader = BaggageReader::default();
        reader.read(b"a=1,b=\xff,c=3");
        assert_eq!((reader.malformed, reader.finish().baggage.as_str()), (1, "a=1,c=3"));
    }

    #[test]
    fn several_headers_are_one_list_and_the_last_value_of_a_name_stays() {
        assert_eq!(read(&["a=1,b=2", "c=3", "a=4"]).baggage.as_str(), "b=2,c=3,a=4");
        assert_eq!(text("A=1,a=2"), "A=1,a=2");
    }

    #[test]
    fn bytes_that_are_no_text_become_the_replacement_character_when_they_are_read() {
        let baggage = read(&["a=%C4x,b=%,c=%zz"]).baggage;
        assert_eq!(baggage.get("a").as_deref(), Some("\u{fffd}x"));
        assert_eq!((baggage.get("b").as_deref(), baggage.get("c").as_deref()), (Some("%"), Some("%zz")));
        assert_eq!(baggage.as_str(), "a=%C4x,b=%,c=%zz", "what is passed on is what came");
    }

    #[test]
    fn sixty_four_members_are_kept_and_of_ten_thousand_the_first_and_the_correlation_id() {
        let numbered = |n: usize| (0..n).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join(",");
        assert_eq!((read(&[&numbered(64)]).baggage.len(), read(&[&numbered(64)]).dropped), (64, 0));
        let many = read(&[&numbered(10_000), "correlation.id=me,last=1"]);
        assert_eq!((many.baggage.len(), many.dropped), (64, 9938));
        assert_eq!(many.baggage.get("correlation.id").as_deref(), Some("me"));
        assert_eq!((many.baggage.get("k62").as_deref(), many.baggage.get("k63")), (Some("v"), None));
    }

    #[test]
    fn over_8192_bytes_whole_members_are_dropped() {
        let member = |name: &str, length: usize| format!("{name}={}", "v".repeat(length - name.len() - 1));
        let exact = [member("a", 4096), member("b", 4095)].join(",");
        assert_eq!((exact.len(), text(&exact).len()), (8192, 8192));
        let over = read(&[&exact, "c=1"]);
        assert_eq!((over.baggage.as_str().len(), over.dropped), (8192, 1));
        let huge = read(&[&member("huge", 64 << 10), "c=1"]);
        assert_eq!(
            (huge.baggage.as_str(), huge.dropped),
            ("c=1", 1),
            "one that never fits does not shut the others out"
        );
        let with_id = read(&[&exact, "correlation.id=me"]);
        assert_eq!((with_id.baggage.len(), with_id.dropped), (2, 1));
        assert_eq!(with_id.baggage.get("correlation.id").as_deref(), Some("me"));
    }

    proptest! {
        #[test]
        fn what_was_put_in_is_read_back(
            entries in prop::collection::btree_map("[a-zA-Z0-9!#$&'*+.^_`|~-]{1,9}", ".{0,20}", 0..20)
        ) {
            let mut baggage = Baggage::EMPTY;
            for (name, value) in &entries {
                baggage.insert(name, value).expect("it fits");
            }
            let again = read(&[baggage.as_str()]);
            prop_assert_eq!((&again.baggage, again.malformed), (&baggage, 0));
            for (name, value) in &entries {
                prop_assert_eq!(again.baggage.get(name), Some(value.into()));
            }
        }

        #[test]
        fn whatever_comes_the_limits_hold_and_what_is_kept_is_kept_the_next_time(
            headers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..4)
        ) {
            let mut reader = BaggageReader::default();
            headers.iter().for_each(|header| reader.read(header));
            let baggage = reader.finish().baggage;
            prop_assert!(baggage.len() <= MAX_MEMBERS && baggage.as_str().len() <= MAX_BYTES);
            let again = read(&[baggage.as_str()]);
            prop_assert_eq!((again.baggage, again.malformed), (baggage, 0));
        }
    }
}
