//! `Query`: the text and the summary of a query, made once, when somebody looks. The fields of a span are made of it.

use super::dialect::{Dialect, takes_commands};
use super::summary::Summary;
use super::text::Text;
use super::tokens::{Token, Tokens};
use std::cell::OnceCell;

/// More of a query is not read.
pub(super) const MAX_READ: usize = 64 * 1024;
/// No command has a longer name.
const MAX_COMMAND: usize = 32;

/// A query to a system.
pub(super) struct Query<'a> {
    pub(super) system: &'a str,
    query: &'a str,
    read: OnceCell<Read>,
}

/// What may be told of a query.
#[derive(Debug)]
pub(super) struct Read {
    /// Without its literals.
    pub(super) text: String,
    /// Its operations and what they work on; may be empty.
    pub(super) summary: String,
}

// === impl Query ===

impl<'a> Query<'a> {
    pub(super) fn new(system: &'a str, query: &'a str) -> Self {
        Query { system, query, read: OnceCell::new() }
    }

    /// What to call a span.
    pub(super) fn name(&self) -> &str {
        match self.read().summary.as_str() {
            "" => self.system,
            summary => summary,
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.read().text
    }

    /// What was read, if anybody has looked.
    pub(super) fn looked_at(&self) -> Option<&Read> {
        self.read.get()
    }

    fn read(&self) -> &Read {
        self.read.get_or_init(|| match takes_commands(self.system) {
            true => Read::command(self.query),
            false => Read::new(Dialect::of(self.system), self.query),
        })
    }
}

// === impl Read ===

impl Read {
    /// The command, and nothing of what it is about.
    fn command(text: &str) -> Read {
        let mut words = text.split_ascii_whitespace();
        // `FT.SEARCH`, of a module.
        let usual = |byte: u8| byte.is_ascii_alphabetic() || byte == b'.';
        let usual = |word: &&str| word.len() <= MAX_COMMAND && word.bytes().all(usual);
        let command = words.next().filter(usual);
        let text = match (command, text.trim_ascii().is_empty(), words.next()) {
            (Some(command), _, None) => command.to_owned(),
            (Some(command), _, Some(_)) => format!("{command} ?"),
            (None, empty, _) => if empty { "" } else { "?" }.to_owned(),
        };
        Read { text, summary: command.unwrap_or_default().to_owned() }
    }

    pub(super) fn new(dialect: Dialect, query: &str) -> Read {
        let end = (0..=MAX_READ.min(query.len())).rev().find(|end| query.is_char_boundary(*end));
        let part = &query[..end.unwrap_or_default()];
        let (mut text, mut summary) = (Text::new(part.len()), Summary::default());
        let mut whole = part.len() == query.len();
        // By reference: a copy of what was just written in pieces waits for it.
        for ref token in Tokens::new(part, dialect) {
            summary.push(token);
            if !text.push(token) {
                whole = false;
                break;
            }
            whole &= *token != Token::Rest;
        }
        Read { text: text.finish(whole), summary: summary.finish() }
    }
}
