//! `Vec<(String, String)>` as a carrier, its names compared without regard to case.

use super::{Extract, Inject};

impl Inject for Vec<(String, String)> {
    fn set(&mut self, key: &str, value: &str) {
        self.unset(key);
        self.push((key.to_owned(), value.to_owned()));
    }

    fn unset(&mut self, key: &str) {
        self.retain(|(name, _)| !name.eq_ignore_ascii_case(key));
    }
}

impl Extract for Vec<(String, String)> {
    fn each_value<'a>(&'a self, key: &str, each: &mut dyn FnMut(&'a [u8])) {
        for (_, value) in self.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key)) {
            each(value.as_bytes());
        }
    }

    fn each_name<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        self.iter().for_each(|(name, _)| each(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_found_and_replaced_in_any_case_and_all_of_a_name_are_seen() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut pairs = vec![pair("A", "1"), pair("b", "2"), pair("a", "3")];
        let mut values = Vec::new();
        pairs.each_value("a", &mut |value| values.push(value));
        assert_eq!(values, [b"1", b"3"]);
        pairs.set("a", "4");
        assert_eq!(pairs, [pair("b", "2"), pair("a", "4")]);
        pairs.unset("B");
        let mut names = Vec::new();
        pairs.each_name(&mut |name| names.push(name));
        assert_eq!(names, ["a"]);
    }
}
