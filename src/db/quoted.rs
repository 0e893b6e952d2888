//! Where quotes and comments end. Each function gets the text from the opening character on, and returns the length up to
//! and with the closing one: of all of it if there is none.

use super::dialect::{Begins, Dialect};

/// How far something goes; `None` if systems, or settings of a system, disagree about it.
pub(super) type Extent = Option<usize>;

/// A text in quotes, in which the closing one is written twice. `close` is ASCII.
///
/// A backslash before a quote hides it or does not, depending on the system and its settings.
pub(super) fn doubled(text: &str, close: u8) -> Extent {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(found) = find(&bytes[at..], close) {
        let quote = at + found;
        let backslashes = bytes[1..quote].iter().rev().take_while(|byte| **byte == b'\\').count();
        if backslashes % 2 == 1 && close != b']' {
            return None;
        }
        if bytes.get(quote + 1) != Some(&close) {
            return Some(quote + 1);
        }
        at = quote + 2;
    }
    Some(bytes.len())
}

/// The `$tag$` that a text begins with.
pub(super) fn dollar_tag(text: &str) -> Option<&str> {
    let is_tag = |c: char| c == '_' || c.is_ascii_alphanumeric() || !c.is_ascii();
    let rest = &text[1..];
    let end = rest.find(|c: char| !is_tag(c))?;
    let is_tag = rest[end..].starts_with('$') && !rest.starts_with(|c: char| c.is_ascii_digit());
    is_tag.then_some(&text[..end + 2])
}

/// A text between two times its tag.
pub(super) fn dollars(text: &str, tag: &str) -> Extent {
    Some(text[tag.len()..].find(tag).map_or(text.len(), |found| found + 2 * tag.len()))
}

/// Oracle's literal from the quote of `q'[...]'` on.
pub(super) fn chosen(text: &str) -> Extent {
    let mut chars = text[1..].chars();
    let Some(open) = chars.next() else { return Some(text.len()) };
    let close = match open {
        '[' => ']',
        '{' => '}',
        '(' => ')',
        '<' => '>',
        other => other,
    };
    let content = 1 + open.len_utf8();
    let mut end = [0; 5];
    let length = close.encode_utf8(&mut end).len();
    end[length] = b'\'';
    let end = std::str::from_utf8(&end[..=length]).expect("a character and a quote");
    Some(text[content..].find(end).map_or(text.len(), |found| content + found + end.len()))
}

/// The rest of a line. A lone carriage return ends it in some systems.
pub(super) fn line(text: &str) -> Extent {
    let line = &text[..find(text.as_bytes(), b'\n').map_or(text.len(), |end| end + 1)];
    let lone = line.trim_end_matches('\n');
    let lone = lone.strip_suffix('\r').unwrap_or(lone).contains('\r');
    (!lone).then_some(line.len())
}

/// A comment from `/*` on.
pub(super) fn comment(text: &str, dialect: Dialect) -> Extent {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (2, 1);
    while let Some(pair) = bytes.get(at..at + 2) {
        match pair {
            b"*/" if depth == 1 => return Some(at + 2),
            b"*/" => (at, depth) = (at + 2, depth - 1),
            b"/*" => match dialect.inner_comment() {
                Begins::Comment => (at, depth) = (at + 2, depth + 1),
                Begins::Nothing => at += 1,
                _ => return None,
            },
            _ => at += 1,
        }
    }
    Some(bytes.len())
}

/// Whether nothing in it could begin or end a literal or a comment, in any system.
pub(super) fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ' ' | ',' | '.' | ':' | '+' | '*' | '?'))
}

fn find(bytes: &[u8], wanted: u8) -> Option<usize> {
    bytes.iter().position(|byte| *byte == wanted)
}
