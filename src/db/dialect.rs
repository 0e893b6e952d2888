//! `Dialect`: what the same text means to different database systems.

/// How a system reads a query, as far as quotes and comments go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Postgres,
    MySql,
    SqlServer,
    Oracle,
    Sqlite,
    /// Any other: only what all read the same way is read.
    Unknown,
}

/// What a character, or two, begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begins {
    /// A quoted name.
    Name,
    /// A literal.
    Literal,
    /// A comment.
    Comment,
    /// Nothing: it stands for itself.
    Nothing,
    /// One thing in some systems, another in others.
    Unclear,
}

/// Whether a system takes commands whose arguments are bare words: no query language tells there what is a value.
pub(super) fn takes_commands(system: &str) -> bool {
    matches!(system, "redis" | "memcached")
}

// === impl Dialect ===

impl Dialect {
    /// By the conventions' `db.system.name`.
    pub(super) fn of(system: &str) -> Dialect {
        match system {
            "postgresql" | "cockroachdb" | "aws.redshift" => Dialect::Postgres,
            "mysql" | "mariadb" => Dialect::MySql,
            "microsoft.sql_server" => Dialect::SqlServer,
            "oracle.db" => Dialect::Oracle,
            "sqlite" => Dialect::Sqlite,
            _ => Dialect::Unknown,
        }
    }

    /// `"`. SQLite takes it for a string where no column has the name.
    pub(super) fn double_quote(self) -> Begins {
        match self {
            Dialect::Postgres | Dialect::SqlServer | Dialect::Oracle => Begins::Name,
            Dialect::MySql | Dialect::Sqlite | Dialect::Unknown => Begins::Literal,
        }
    }

    pub(super) fn backtick(self) -> Begins {
        match self {
            Dialect::MySql | Dialect::Sqlite => Begins::Name,
            Dialect::Postgres | Dialect::SqlServer | Dialect::Oracle => Begins::Nothing,
            Dialect::Unknown => Begins::Unclear,
        }
    }

    /// `[`, which elsewhere goes around an index or the items of an array.
    pub(super) fn bracket(self) -> Begins {
        match self {
            Dialect::SqlServer | Dialect::Sqlite => Begins::Name,
            Dialect::Postgres | Dialect::MySql | Dialect::Oracle => Begins::Nothing,
            Dialect::Unknown => Begins::Unclear,
        }
    }

    /// `#`, an operator or a part of a name elsewhere.
    pub(super) fn hash(self) -> Begins {
        self.only(Dialect::MySql, Begins::Comment)
    }

    /// `--` before something else than a blank: MySQL subtracts a negative number.
    pub(super) fn tight_dashes(self) -> Begins {
        match self {
            Dialect::MySql => Begins::Nothing,
            Dialect::Unknown => Begins::Unclear,
            _ => Begins::Comment,
        }
    }

    /// `/*` within a comment. What begins nothing there is a part of the comment.
    pub(super) fn inner_comment(self) -> Begins {
        match self {
            Dialect::Postgres | Dialect::SqlServer => Begins::Comment,
            Dialect::MySql | Dialect::Oracle | Dialect::Sqlite => Begins::Nothing,
            Dialect::Unknown => Begins::Unclear,
        }
    }

    /// `/*!`, which MySQL executes: it may hold anything.
    pub(super) fn executed_comment(self) -> Begins {
        match self {
            Dialect::MySql | Dialect::Unknown => Begins::Unclear,
            _ => Begins::Comment,
        }
    }

    /// `//`, a comment in some query languages.
    pub(super) fn slashes(self) -> Begins {
        if self == Dialect::Unknown { Begins::Unclear } else { Begins::Nothing }
    }

    /// `q'`, after which the next character says where the literal ends.
    pub(super) fn chosen_quote(self) -> Begins {
        self.only(Dialect::Oracle, Begins::Literal)
    }

    /// `$tag$`.
    pub(super) fn dollar_quote(self) -> Begins {
        self.only(Dialect::Postgres, Begins::Literal)
    }

    /// `'''` at the beginning of a literal: a quote in it, or three that begin it.
    pub(super) fn triple_quote(self) -> Begins {
        if self == Dialect::Unknown { Begins::Unclear } else { Begins::Literal }
    }

    /// Whether this and digits is a placeholder. `$1` is money to SQL Server, `:1` a part of a slice to PostgreSQL.
    pub(super) fn numbers_placeholders(self, mark: u8) -> bool {
        match self {
            Dialect::Postgres => mark == b'$',
            Dialect::Oracle => mark == b':',
            Dialect::Sqlite => matches!(mark, b'$' | b':' | b'?'),
            _ => false,
        }
    }

    fn only(self, dialect: Dialect, begins: Begins) -> Begins {
        match self {
            Dialect::Unknown => Begins::Unclear,
            _ if self == dialect => begins,
            _ => Begins::Nothing,
        }
    }
}
