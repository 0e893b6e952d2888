//! `Summary`: the operations of a query and what they work on, `INSERT orders SELECT carts`. Made of its tokens.
//!
//! Not a parser: it knows after which words a statement or a name comes. Names in parentheses that no statement begins are
//! arguments; a name in quotes that might be a literal is left out.

use super::tokens::Token;

/// The conventions' bound. A name that goes over it is left out, with all that follows.
const MAX_SUMMARY: usize = 255;
/// Parentheses within parentheses, as many as a number has bits. What is deeper is left out.
const MAX_DEPTH: u32 = u64::BITS - 1;
/// Longer than any keyword.
const MAX_KEYWORD: usize = 12;

/// Takes tokens.
#[derive(Debug, Default)]
pub(super) struct Summary {
    written: String,
    full: bool,
    depth: u32,
    /// A bit for each depth: a statement has begun there; what comes are the tables that it works on.
    statement: u64,
    tables: u64,
    /// The next name is one that is worked on.
    expects: bool,
    /// The statement deletes or merges, and may say what with.
    takes_using: bool,
    /// The next keyword is the kind of thing that is created, altered or dropped.
    expects_kind: bool,
    last: Last,
}

/// What came last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Last {
    /// Nothing: a statement begins.
    #[default]
    Start,
    /// A statement may begin within another.
    Opening,
    /// A name that was written, which begins at this byte.
    Target(usize),
    /// The dot after it.
    Dot(usize),
    /// `DISTINCT`, after which `FROM` begins nothing.
    Distinct,
    Other,
}

// === impl Summary ===

impl Summary {
    pub(super) fn push(&mut self, token: &Token<'_>) {
        if self.full {
            return;
        }
        match *token {
            Token::Blank => {}
            Token::Word(word) => self.word(word),
            Token::Name(name) => self.name(name),
            Token::Other('.') => {
                self.last = match self.last {
                    Last::Target(begun) => Last::Dot(begun),
                    _ => Last::Other,
                }
            }
            Token::Other(c) => self.other(c),
            Token::Literal | Token::Placeholder(_) => self.nothing(),
            Token::Rest => self.full = true,
        }
    }

    /// All of it; empty if there was nothing to be made out.
    pub(super) fn finish(self) -> String {
        self.written
    }

    fn nothing(&mut self) {
        self.expects = false;
        self.last = Last::Other;
    }

    fn other(&mut self, c: char) {
        self.nothing();
        match c {
            '(' => {
                self.depth += 1;
                self.full |= self.depth > MAX_DEPTH;
                self.leave_tables();
                self.statement &= !self.bit();
                self.last = Last::Opening;
            }
            ')' => {
                self.depth = self.depth.saturating_sub(1);
                self.last = Last::Opening;
            }
            ',' => self.expects = self.tables & self.bit() != 0,
            ';' => {
                let (written, full) = (std::mem::take(&mut self.written), self.full);
                *self = Summary { written, full, ..Summary::default() };
            }
            _ => {}
        }
    }

    fn word(&mut self, word: &str) {
        if let Last::Dot(_) = self.last {
            return self.name(word);
        }
        let mut upper = [0; MAX_KEYWORD];
        let keyword = match upper.get_mut(..word.len()) {
            Some(upper) => {
                upper.copy_from_slice(word.as_bytes());
                upper.make_ascii_uppercase();
                &*upper
            }
            None => &[],
        };
        let begins = matches!(self.last, Last::Start | Last::Opening);
        match keyword {
            b"SELECT" => self.operation(word),
            b"INSERT" | b"MERGE" | b"UPDATE" | b"DELETE" if begins => self.changing(word, keyword),
            // Elsewhere it is a function.
            b"REPLACE" if self.last == Last::Start => self.changing(word, keyword),
            _ if self.last == Last::Start && self.command(word, keyword) => {}
            _ if self.expects_kind => self.kind(word, keyword),
            b"FROM" => self.expects_tables(self.last != Last::Distinct),
            b"USING" => self.expects_tables(self.takes_using),
            b"JOIN" => self.expects = true,
            b"INTO" => self.expects = self.has_statement(),
            b"ONLY" | b"LATERAL" | b"TABLE" | b"IF" | b"NOT" | b"EXISTS" | b"CONCURRENTLY" | b"IGNORE"
            | b"LOW_PRIORITY" | b"QUICK" | b"OVERWRITE"
                if self.expects => {}
            b"WHERE" | b"GROUP" | b"ORDER" | b"HAVING" | b"LIMIT" | b"OFFSET" | b"FETCH" | b"FOR"
            | b"SET" | b"VALUES" | b"UNION" | b"INTERSECT" | b"EXCEPT" | b"RETURNING" | b"WINDOW" => {
                self.leave_tables();
                self.nothing();
            }
            b"AS" | b"ANALYZE" | b"VERBOSE" => self.last = Last::Opening,
            b"DISTINCT" => self.last = Last::Distinct,
            _ => self.name(word),
        }
    }

    /// The first word of a statement; whether it is one that is known. Others may be anything.
    fn command(&mut self, word: &str, keyword: &[u8]) -> bool {
        match keyword {
            b"CREATE" | b"ALTER" | b"DROP" => {
                self.operation(word);
                self.expects_kind = true;
            }
            b"CALL" | b"EXEC" | b"EXECUTE" | b"TRUNCATE" | b"COPY" | b"LOCK" | b"LISTEN" | b"NOTIFY"
            | b"USE" => {
                self.operation(word);
                self.expects = true;
            }
            b"EXPLAIN" => {
                self.operation(word);
                self.last = Last::Opening;
            }
            b"VALUES" | b"BEGIN" | b"START" | b"COMMIT" | b"ROLLBACK" | b"SAVEPOINT" | b"RELEASE"
            | b"SET" | b"RESET" | b"SHOW" | b"ANALYZE" | b"DESCRIBE" | b"VACUUM" | b"REINDEX" | b"GRANT"
            | b"REVOKE" | b"UNLISTEN" | b"PREPARE" | b"DEALLOCATE" | b"DECLARE" | b"FETCH" | b"CLOSE"
            | b"PRAGMA" | b"ATTACH" | b"DETACH" | b"DO" | b"REFRESH" | b"COMMENT" | b"KILL" | b"OPTIMIZE" => {
                self.operation(word)
            }
            _ => return false,
        }
        true
    }

    /// `TABLE` and the like, after `CREATE` and words that may come between.
    fn kind(&mut self, word: &str, keyword: &[u8]) {
        match keyword {
            b"TABLE" | b"INDEX" | b"VIEW" | b"SEQUENCE" | b"DATABASE" | b"SCHEMA" | b"FUNCTION"
            | b"PROCEDURE" | b"TRIGGER" | b"TYPE" | b"EXTENSION" | b"ROLE" | b"USER" => {
                self.operation(word);
                (self.expects, self.expects_kind) = (true, false);
            }
            b"OR" | b"REPLACE" | b"TEMP" | b"TEMPORARY" | b"UNIQUE" | b"UNLOGGED" | b"GLOBAL" | b"LOCAL"
            | b"EXTERNAL" | b"MATERIALIZED" | b"RECURSIVE" => self.last = Last::Other,
            _ => {
                self.expects_kind = false;
                self.nothing();
            }
        }
    }

    fn changing(&mut self, word: &str, keyword: &[u8]) {
        self.operation(word);
        self.takes_using = matches!(keyword, b"DELETE" | b"MERGE");
        match keyword {
            b"UPDATE" => self.expects_tables(true),
            b"REPLACE" | b"MERGE" => self.expects = true,
            _ => {}
        }
    }

    fn operation(&mut self, word: &str) {
        self.leave_tables();
        self.nothing();
        self.statement |= self.bit();
        self.write(word, true);
    }

    /// A name, or a word that means nothing here.
    fn name(&mut self, name: &str) {
        let begun = match self.last {
            Last::Dot(begun) => {
                self.written.push('.');
                self.write(name, false);
                begun
            }
            _ if self.expects => {
                let begun = self.written.len();
                self.write(name, true);
                begun
            }
            _ => return self.nothing(),
        };
        if self.full {
            self.written.truncate(begun);
        }
        self.expects = false;
        self.last = Last::Target(begun);
    }

    fn write(&mut self, piece: &str, apart: bool) {
        self.full |= self.written.len() + piece.len() + 1 > MAX_SUMMARY;
        if self.full {
            return;
        }
        if apart && !self.written.is_empty() {
            self.written.push(' ');
        }
        self.written.push_str(piece);
    }

    fn expects_tables(&mut self, here: bool) {
        self.nothing();
        if here && self.has_statement() {
            self.expects = true;
            self.tables |= self.bit();
        }
    }

    fn leave_tables(&mut self) {
        self.tables &= !self.bit();
    }

    fn has_statement(&self) -> bool {
        self.statement & self.bit() != 0
    }

    fn bit(&self) -> u64 {
        1 << self.depth.min(MAX_DEPTH)
    }
}
