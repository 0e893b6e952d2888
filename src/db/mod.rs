//! Spans of programs that ask databases, their queries without literals, and the trace in a comment of a query.
//!
//! Names, kinds and attributes are those of the OpenTelemetry semantic conventions for databases, 1.44.
//!
//! ```
//! use throughline::{db, testing::capture};
//!
//! # let trace = capture(|| {
//! let query = "SELECT id FROM orders WHERE customer = 'Ada' AND cents > 1000";
//! let span = db::query_span("postgresql", query);
//! span.record("db.namespace", "shop|public");
//! match span.in_scope(|| /* ask */ Ok::<u64, &str>(3)) {
//!     Ok(rows) => drop(span.record("db.response.returned_rows", rows)),
//!     Err(code) => db::fail(&span, code, ""),
//! }
//! # });
//! # let span = trace.span("SELECT orders");
//! # assert_eq!(span.attr("db.query.text"), "SELECT id FROM orders WHERE customer = ? AND cents > ?");
//! # assert_eq!(span.attr("db.response.returned_rows"), 3);
//! ```
//!
//! The span is named by the summary of the query, its operations and what they work on (`SELECT orders`), and by the
//! system where there is none. All this is worked out once, when a layer looks at the span's fields: this one does not in a
//! trace that is not sampled, one that writes log lines with the fields of spans does.
//!
//! # What becomes of a query
//!
//! Every string, number and boolean in it is replaced by `?`, comments are left out, and blanks become one blank. A list of
//! nothing but literals or placeholders after `IN` is cut to the first. At most the first 64 KiB of a query are read
//! and 8 KiB kept; `...` stands at the end of what was cut. The grammar, as far as it is needed:
//!
//! ```text
//! query       = { token }
//! token       = blank | literal | placeholder | name | word | any other character
//! blank       = white space | "--" to the end of the line | "/*" ... "*/" | "#" to the end of the line (MySQL)
//! literal     = [prefix] "'" ... "'" | "$" [tag] "$" ... "$" [tag] "$" | number | TRUE | FALSE
//!             | '"' ... '"' where it is not a name | q"'" open ... close "'" (Oracle)
//! prefix      = B | E | N | X | "_" charset, in any case, next to the quote
//! number      = digit { digit | letter | "_" | "." | sign after e }
//! placeholder = "?" | "$" digits (PostgreSQL, SQLite) | ":" digits (Oracle, SQLite) | "?" digits (SQLite)
//! name        = '"' ... '"' (PostgreSQL, Oracle, SQL Server) | "`" ... "`" (MySQL, SQLite)
//!             | "[" ... "]" (SQL Server, SQLite)
//! word        = (letter | "_") { letter | digit | "_" | "$" }
//! ```
//!
//! A quote within quotes is written twice. Where it depends on a system's settings, or on a system that is not known here,
//! what a text means, such as a backslash before a quote, nothing is guessed: the rest of the query is one `?`. The systems
//! known are `postgresql`, `cockroachdb`, `aws.redshift`, `mysql`, `mariadb`, `microsoft.sql_server`, `oracle.db` and
//! `sqlite`. Names are kept as they are: a table that is named for a customer still tells who that is.
//!
//! Of a system that takes commands (`redis`, `memcached`) the command is kept, and all that follows it is one `?`: arguments are bare
//! words there.
//!
//! The conventions would keep the text of a query with placeholders as it is. Whether it has literals besides
//! cannot be seen from outside, so this replaces them always; `span.record("db.query.text", query)` has it otherwise.
//!
//! # What can be recorded besides
//!
//! These fields are declared on every span here, and are set by `span.record(key, value)`: `db.namespace`,
//! `db.collection.name`, `db.operation.name`, `db.operation.batch.size`, `db.stored_procedure.name`, `db.query.text`,
//! `db.query.summary`, `db.response.status_code`, `db.response.returned_rows`, `server.address`, `server.port`, and
//! `otel.name`. Others are set by [`SpanExt::set_attribute`](crate::SpanExt::set_attribute). The spans are of the target
//! `throughline::db`, at level INFO.

// * `span`: the spans, and how they failed
// * `query`: the text and the summary of a query, once somebody looks
// * `text`, `summary`: what is made of its tokens
// * `tokens`, `quoted`, `dialect`: how a query is read
// * `comment`: the trace in a comment of a query
mod comment;
mod dialect;
mod query;
mod quoted;
mod span;
mod summary;
#[cfg(test)]
mod tests;
mod text;
mod tokens;

pub use comment::with_traceparent;
pub use span::{fail, fail_without_code, operation_span, query_span};
