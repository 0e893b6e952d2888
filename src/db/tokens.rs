//! `Tokens`: a query in pieces. The grammar stands in the module's documentation.
//!
//! Every byte belongs to one piece; nothing is copied. In doubt a piece is a [`Token::Rest`], and the last.

use super::dialect::{Begins, Dialect};
use super::quoted::{self, Extent};

/// A piece of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// White space or a comment.
    Blank,
    /// A keyword or a name without quotes.
    Word(&'a str),
    /// A name with its quotes.
    Name(&'a str),
    /// A string, a number, a boolean.
    Literal,
    Placeholder(&'a str),
    /// One character that stands for itself.
    Other(char),
    /// All that follows: what it means cannot be said for sure.
    Rest,
}

/// Reads a query.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    rest: &'a str,
    dialect: Dialect,
}

/// More digits than any placeholder has.
const MANY_DIGITS: usize = 6;

// === impl Tokens ===

impl<'a> Tokens<'a> {
    pub(super) fn new(query: &'a str, dialect: Dialect) -> Self {
        Tokens { rest: query, dialect }
    }

    /// Takes so many bytes.
    fn take(&mut self, length: usize) -> &'a str {
        let (piece, rest) = self.rest.split_at(length);
        self.rest = rest;
        piece
    }

    /// A piece of this extent, if there is agreement on it.
    fn piece(&mut self, extent: Extent, token: impl FnOnce(&'a str) -> Token<'a>) -> Token<'a> {
        match extent {
            Some(length) => token(self.take(length)),
            None => self.unclear(),
        }
    }

    fn unclear(&mut self) -> Token<'a> {
        self.rest = "";
        Token::Rest
    }

    fn itself(&mut self) -> Token<'a> {
        self.other(char::from(self.rest.as_bytes()[0]))
    }

    fn other(&mut self, c: char) -> Token<'a> {
        self.take(c.len_utf8());
        Token::Other(c)
    }

    /// A text in quotes.
    fn quoted(&mut self, begins: Begins, close: u8) -> Token<'a> {
        let extent = quoted::doubled(self.rest, close);
        match begins {
            Begins::Literal => self.piece(extent, |_| Token::Literal),
            Begins::Name => self.piece(extent, Token::Name),
            Begins::Nothing | Begins::Comment => self.itself(),
            Begins::Unclear => self.unclear(),
        }
    }

    /// The name of one system is nothing to another, which comes to the same where nothing in it needs reading.
    fn perhaps_name(&mut self, begins: Begins, close: u8) -> Token<'a> {
        if begins != Begins::Unclear {
            return self.quoted(begins, close);
        }
        let inside = quoted::doubled(self.rest, close).and_then(|length| self.rest.get(1..length - 1));
        let Some(inside) = inside.filter(|inside| quoted::is_plain(inside)) else { return self.unclear() };
        match close {
            b']' => self.itself(),
            _ if inside.contains(char::is_numeric) => self.unclear(),
            _ => self.quoted(Begins::Name, close),
        }
    }

    fn single_quoted(&mut self) -> Token<'a> {
        match self.dialect.triple_quote() {
            Begins::Unclear if self.rest.starts_with("'''") => self.unclear(),
            _ => self.quoted(Begins::Literal, b'\''),
        }
    }

    fn double_quoted(&mut self) -> Token<'a> {
        match self.dialect.triple_quote() {
            Begins::Unclear if self.rest.starts_with("\"\"\"") => self.unclear(),
            _ => self.quoted(self.dialect.double_quote(), b'"'),
        }
    }

    /// A comment, if these characters begin one.
    fn comment(&mut self, begins: Begins, extent: impl FnOnce(&'a str, Dialect) -> Extent) -> Token<'a> {
        match begins {
            Begins::Comment => self.piece(extent(self.rest, self.dialect), |_| Token::Blank),
            Begins::Unclear => self.unclear(),
            _ => self.itself(),
        }
    }

    fn dashes(&mut self) -> Token<'a> {
        let loose = self.rest.as_bytes().get(2).is_none_or(|byte| *byte <= b' ');
        let begins = if loose { Begins::Comment } else { self.dialect.tight_dashes() };
        self.comment(begins, |text, _| quoted::line(text))
    }

    fn slash_star(&mut self) -> Token<'a> {
        let executed = self.rest.starts_with("/*!") || self.rest.starts_with("/*M!");
        let begins = if executed { self.dialect.executed_comment() } else { Begins::Comment };
        self.comment(begins, quoted::comment)
    }

    fn dollar(&mut self) -> Token<'a> {
        let begins = self.dialect.dollar_quote();
        match quoted::dollar_tag(self.rest) {
            Some(tag) if begins == Begins::Literal => {
                self.piece(quoted::dollars(self.rest, tag), |_| Token::Literal)
            }
            Some(_) if begins == Begins::Unclear => self.unclear(),
            _ => self.numbered('$'),
        }
    }

    /// A mark that may have a number: a placeholder, or the mark alone.
    fn numbered(&mut self, mark: char) -> Token<'a> {
        let after = &self.rest[1..];
        let digits = after.bytes().take(MANY_DIGITS).take_while(u8::is_ascii_digit).count();
        let ends = !after[digits..].starts_with(|c: char| c == '.' || c == '_' || c.is_alphanumeric());
        if digits > 0 && digits < MANY_DIGITS && ends && self.dialect.numbers_placeholders(mark as u8) {
            return Token::Placeholder(self.take(1 + digits));
        }
        match mark {
            '?' => Token::Placeholder(self.take(1)),
            _ => self.other(mark),
        }
    }

    fn number(&mut self) -> Token<'a> {
        let (mut length, mut last) = (0, '0');
        for c in self.rest.chars() {
            let sign = matches!(c, '+' | '-')
                && matches!(last, 'e' | 'E')
                && self.rest[length + 1..].starts_with(|next: char| next.is_ascii_digit());
            if !(sign || c == '.' || c == '_' || c.is_alphanumeric()) {
                break;
            }
            length += c.len_utf8();
            last = c;
        }
        self.take(length);
        Token::Literal
    }

    fn word(&mut self) -> Token<'a> {
        let bytes = self.rest.as_bytes();
        let mut length = bytes.iter().take_while(|byte| is_word(**byte)).count();
        if bytes.get(length).is_some_and(|byte| !byte.is_ascii()) {
            let end = self.rest.find(|c: char| !(c == '_' || c == '$' || c.is_alphanumeric()));
            length = end.unwrap_or(bytes.len());
        }
        let word = &self.rest[..length];
        if self.rest[length..].starts_with('\'') && is_prefix(word) {
            return self.prefixed(length);
        }
        self.take(length);
        if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false") {
            return Token::Literal;
        }
        Token::Word(word)
    }

    /// A string with letters before it that say how it is written.
    fn prefixed(&mut self, length: usize) -> Token<'a> {
        let word = self.take(length);
        if !word.ends_with(['q', 'Q']) {
            return self.single_quoted();
        }
        match self.dialect.chosen_quote() {
            Begins::Literal => self.piece(quoted::chosen(self.rest), |_| Token::Literal),
            Begins::Unclear => self.unclear(),
            _ => self.single_quoted(),
        }
    }

    fn next_of(&mut self, first: u8) -> Token<'a> {
        let second = self.rest.as_bytes().get(1).copied();
        match first {
            b'\'' => self.single_quoted(),
            b'"' => self.double_quoted(),
            b'`' => self.perhaps_name(self.dialect.backtick(), b'`'),
            b'[' => self.perhaps_name(self.dialect.bracket(), b']'),
            b'-' if second == Some(b'-') => self.dashes(),
            b'/' if second == Some(b'*') => self.slash_star(),
            b'/' if second == Some(b'/') => {
                self.comment(self.dialect.slashes(), |text, _| quoted::line(text))
            }
            b'#' => self.comment(self.dialect.hash(), |text, _| quoted::line(text)),
            b'$' => self.dollar(),
            b':' | b'?' => self.numbered(char::from(first)),
            b'\\' => self.unclear(),
            _ => self.other(char::from(first)),
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    // Inlined where it is called once: a token is looked at in registers, not written and read again in other widths.
    #[inline]
    fn next(&mut self) -> Option<Token<'a>> {
        let first = *self.rest.as_bytes().first()?;
        Some(match first {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
            b'0'..=b'9' => self.number(),
            0..=b' ' | 0x7f => {
                let blanks = self.rest.bytes().take_while(|byte| *byte <= b' ' || *byte == 0x7f).count();
                self.take(blanks);
                Token::Blank
            }
            0x80.. => match self.rest.chars().next()? {
                c if c.is_alphabetic() => self.word(),
                c if c.is_numeric() => self.number(),
                // Part of a name to some systems, and then the dollar is too.
                c if self.rest[c.len_utf8()..].starts_with('$') => self.unclear(),
                c if c.is_whitespace() || c.is_control() => {
                    self.take(c.len_utf8());
                    Token::Blank
                }
                c => self.other(c),
            },
            _ => self.next_of(first),
        })
    }
}

fn is_word(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$')
}

/// Whether the word belongs to a literal that follows at once.
fn is_prefix(word: &str) -> bool {
    let mut lower = [0; 2];
    for (to, from) in lower.iter_mut().zip(word.bytes()) {
        *to = from.to_ascii_lowercase();
    }
    word.starts_with('_')
        || word.len() == 1 && matches!(lower[0], b'b' | b'e' | b'n' | b'q' | b'x')
        || word.len() == 2 && lower == *b"nq"
}
