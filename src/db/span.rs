//! The spans of a program that asks databases, and how they failed.

use super::query::Query;
use crate::layer::SpanExt;
use crate::wire::StatusCode;
use tracing::Span;
use tracing::field::{Empty, display};

/// The one place that declares the fields.
macro_rules! span {
    ($system:expr, $name:expr, $text:expr, $operation:expr, $collection:expr) => {
        tracing::info_span!(
            target: "throughline::db",
            "query",
            otel.name = $name,
            otel.kind = "client",
            db.system.name = $system,
            db.namespace = Empty,
            db.collection.name = $collection,
            db.operation.name = $operation,
            db.operation.batch.size = Empty,
            db.stored_procedure.name = Empty,
            db.query.summary = Empty,
            db.query.text = $text,
            db.response.returned_rows = Empty,
            db.response.status_code = Empty,
            server.address = Empty,
            server.port = Empty,
            "error.type" = Empty,
        )
    };
}

/// A query, a child of the current span, named by its summary. Kind: client.
///
/// `system` is `db.system.name`, such as `postgresql`, `mysql`, `sqlite`; it says how the query is read too. What is told of
/// the query stands in the [module's documentation](super).
///
/// ```
/// # use throughline::{db, testing::capture};
/// # let trace = capture(|| {
/// let span = db::query_span("mysql", "UPDATE carts SET total = 7.5 WHERE id IN (1, 2, 3)");
/// # });
/// # let span = trace.span("UPDATE carts");
/// # assert_eq!(span.attr("db.query.text"), "UPDATE carts SET total = ? WHERE id IN (?)");
/// # assert_eq!(span.attr("db.query.summary"), "UPDATE carts");
/// ```
#[must_use]
pub fn query_span(system: &str, query: &str) -> Span {
    of(&Query::new(system, query))
}

pub(super) fn of(query: &Query<'_>) -> Span {
    let name = display(Lazily(|| query.name()));
    let text = display(Lazily(|| query.text()));
    let span = span!(query.system, name, text, Empty, Empty);
    // Nobody has looked if nothing is recorded.
    if let Some(read) = query.looked_at().filter(|read| !read.summary.is_empty()) {
        span.record("db.query.summary", read.summary.as_str());
    }
    span
}

/// An operation whose text is not known or not SQL, a child of the current span, named by the operation and what it works
/// on. Kind: client.
///
/// `operation` is `db.operation.name`, such as `HGET`; `collection` is `db.collection.name`, a table or the like, or empty.
///
/// ```
/// # use throughline::{db, testing::capture};
/// # let trace = capture(|| {
/// let span = db::operation_span("mongodb", "findAndModify", "carts");
/// # });
/// # assert_eq!(trace.span("findAndModify carts").attr("db.collection.name"), "carts");
/// ```
#[must_use]
pub fn operation_span(system: &str, operation: &str, collection: &str) -> Span {
    let blank = if collection.is_empty() { "" } else { " " };
    let name = format_args!("{operation}{blank}{collection}");
    span!(system, name, Empty, operation, (!collection.is_empty()).then_some(collection))
}

/// Records that the database refused: its code as `db.response.status_code` and `error.type`, and the status.
///
/// `description` is for people, and may be empty. It is kept as it is: what databases say of an error may have values in it.
pub fn fail(span: &Span, status_code: &str, description: &str) {
    span.record("db.response.status_code", status_code);
    fail_without_code(span, status_code, description);
}

/// Records that there was no answer, or one without a code: `error.type`, and the status.
///
/// `error_type` is a word of low cardinality, such as `timeout` or the name of an error's type.
pub fn fail_without_code(span: &Span, error_type: &str, description: &str) {
    span.record("error.type", error_type);
    span.set_status(StatusCode::Error, description);
}

/// A text that is made only if it is shown.
struct Lazily<F>(F);

impl<'a, F: Fn() -> &'a str> std::fmt::Display for Lazily<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str((self.0)())
    }
}
