//! Optional white space around the parts of a header (RFC 9110, section 5.6.3).

/// Cuts spaces and tabs, and nothing else, from both ends.
pub(crate) fn trim_ows(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::trim_ows;

    #[test]
    fn spaces_and_tabs_go_and_line_breaks_stay() {
        assert_eq!(trim_ows(b" \t a b\t "), b"a b");
        assert_eq!(trim_ows(b"\na "), b"\na");
        assert_eq!(trim_ows(b"\t \t"), b"");
    }
}
