//! `Pattern`: a name, exact or with `*` for any characters.

/// What names are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(String);

// === impl Pattern ===

impl Pattern {
    pub(super) fn new(text: impl Into<String>) -> Pattern {
        Pattern(text.into())
    }

    /// Whether all of `name` is as the pattern says.
    pub(super) fn matches(&self, name: &[u8]) -> bool {
        let pattern = self.0.as_bytes();
        let (mut at, mut from) = (0, 0);
        // Where the last star is, and how much of the name it has been given.
        let mut star: Option<(usize, usize)> = None;
        while from < name.len() {
            match (pattern.get(at), star) {
                (Some(b'*'), _) => {
                    star = Some((at, from));
                    at += 1;
                }
                (Some(byte), _) if *byte == name[from] => (at, from) = (at + 1, from + 1),
                (_, Some((last, given))) => {
                    star = Some((last, given + 1));
                    (at, from) = (last + 1, given + 1);
                }
                (_, None) => return false,
            }
        }
        pattern[at..].iter().all(|byte| *byte == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_number_of_characters_and_all_else_is_itself() {
        for (pattern, name, expected) in [
            ("GET /", "GET /", true),
            ("GET /", "GET /a", false),
            ("GET /", "GET", false),
            ("GET *", "GET /a/b", true),
            ("GET *", "GET ", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("*/health*", "GET /v1/healthz", true),
            ("*a*b", "xaxbxab", true),
            ("*a*b", "xaxbxa", false),
            ("a**b", "ab", true),
            ("a?", "ab", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(name.as_bytes()), expected, "{pattern:?} {name:?}");
        }
    }
}
