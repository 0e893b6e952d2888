//! `Text`: the text of a query without its literals. Made of its tokens.

use super::tokens::Token;

/// What a literal becomes.
const PLACEHOLDER: &str = "?";
/// What stands for the end of a text that was cut.
pub(super) const CUT: &str = "...";
/// More of a query is not kept.
pub(super) const MAX_TEXT: usize = 8 * 1024;

/// Takes tokens.
#[derive(Debug, Default)]
pub(super) struct Text {
    written: String,
    /// Blanks were there, which count only if something follows.
    blank: bool,
    list: List,
}

/// Where in a list after `IN` we are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum List {
    #[default]
    Outside,
    /// After `IN`.
    Announced,
    /// After the bracket.
    Open,
    /// After an item that needs no successor.
    Item,
    /// After a comma, not written yet, after such an item.
    Comma,
}

// === impl Text ===

impl Text {
    /// For a query of this length.
    pub(super) fn new(length: usize) -> Self {
        Text { written: String::with_capacity(length.min(MAX_TEXT) + CUT.len() + 2), ..Text::default() }
    }

    /// Adds a token; `false` if it does not fit any more.
    pub(super) fn push(&mut self, token: &Token<'_>) -> bool {
        let mut one = [0; 4];
        let piece = match *token {
            Token::Blank => {
                self.blank = true;
                return true;
            }
            Token::Literal | Token::Rest => PLACEHOLDER,
            Token::Word(piece) | Token::Name(piece) | Token::Placeholder(piece) => piece,
            Token::Other(c) => c.encode_utf8(&mut one),
        };
        match self.list(token) {
            true => self.write(piece),
            false => true,
        }
    }

    /// All of it; `whole` unless something of the query was not read.
    pub(super) fn finish(mut self, whole: bool) -> String {
        if !whole {
            self.written.push_str(CUT);
        }
        self.written
    }

    /// Goes on in a list; whether the token is to be written.
    fn list(&mut self, token: &Token<'_>) -> bool {
        let before = self.list;
        let is_item = matches!(token, Token::Literal | Token::Placeholder(_));
        self.list = match (before, *token) {
            (_, Token::Word(word)) if word.eq_ignore_ascii_case("in") => List::Announced,
            (List::Announced, Token::Other('(')) => List::Open,
            (List::Open | List::Comma, _) if is_item => List::Item,
            (List::Item, Token::Other(',')) => List::Comma,
            _ => List::Outside,
        };
        match (before, self.list) {
            (List::Item, List::Comma) | (List::Comma, List::Item) => {
                self.blank = false;
                false
            }
            (List::Comma, _) => {
                self.blank = true;
                self.written.push(',');
                true
            }
            _ => true,
        }
    }

    fn write(&mut self, piece: &str) -> bool {
        // A blank and a comma may come before it.
        if self.written.len() + piece.len() + 2 > MAX_TEXT {
            return false;
        }
        if self.blank && !self.written.is_empty() {
            self.written.push(' ');
        }
        self.blank = false;
        self.written.push_str(piece);
        true
    }
}
