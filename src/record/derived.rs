//! `Derived`: which attributes of a span an error has made, as against those that the program has set itself.

/// What is made of an error.
pub(super) const KEYS: [&str; 4] =
    ["exception.message", "exception.type", "exception.stacktrace", "error.type"];

/// A set of [`KEYS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Derived(u8);

// === impl Derived ===

impl Derived {
    pub(super) fn has(self, key: &str) -> bool {
        self.0 & bit(key) != 0
    }

    /// An error has made it.
    pub(super) fn add(&mut self, key: &str) {
        self.0 |= bit(key);
    }

    pub(super) fn add_all(&mut self, others: Derived) {
        self.0 |= others.0;
    }

    /// It is the program's own, or there is none.
    pub(super) fn remove(&mut self, key: &str) {
        self.0 &= !bit(key);
    }

    pub(super) fn remove_all(&mut self, others: Derived) {
        self.0 &= !others.0;
    }
}

impl<'a> FromIterator<&'a str> for Derived {
    fn from_iter<I: IntoIterator<Item = &'a str>>(keys: I) -> Derived {
        Derived(keys.into_iter().fold(0, |bits, key| bits | bit(key)))
    }
}

fn bit(key: &str) -> u8 {
    KEYS.iter().position(|known| *known == key).map_or(0, |at| 1 << at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_keys_are_never_in_it() {
        let mut derived: Derived = ["exception.type", "key"].into_iter().collect();
        derived.add("other");
        derived.add("error.type");
        assert_eq!(KEYS.map(|key| derived.has(key)), [false, true, false, true]);
        assert!(!derived.has("key") && !derived.has("other"));
        derived.remove("error.type");
        derived.remove_all(derived);
        assert_eq!(derived, Derived::default());
    }
}
