//! What a real PostgreSQL takes for a literal is not told.

use crate::server::Server;
use crate::wire::Postgres;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use throughline::db::query_span;
use throughline::testing::capture;
use throughline::wire::Value;

/// A literal as it may be written, and the value that it has.
fn literals() -> impl Strategy<Value = (String, String)> {
    let content = prop::collection::vec(
        prop_oneof![
            Just("'"),
            Just("\""),
            Just("\\"),
            Just("$$"),
            Just("--"),
            Just("/*"),
            Just("*/"),
            Just("é"),
            Just("\n"),
            Just("\r"),
            Just(" "),
            Just("secret"),
            Just("$q"),
            Just("?"),
            Just("1"),
        ],
        0..8,
    );
    (content, 0..6_u8).prop_map(|(content, which)| {
        let value = content.concat();
        let doubled = value.replace('\'', "''");
        let literal = match which {
            0 | 1 => format!("'{doubled}'"),
            2 => format!("E'{}'", doubled.replace('\\', "\\\\")),
            3 if !value.contains("$q") => format!("$q${value}$q$"),
            4 => format!("/* a /* 'b */ c */ '{doubled}' -- it's\n"),
            5 if !value.contains("$é_1") => format!("$é_1${value}$é_1$"),
            _ => format!("U&'{}'", doubled.replace('\\', "\\\\")),
        };
        (literal, value)
    })
}

#[test]
#[ignore = "needs PostgreSQL: scripts/backends install postgresql"]
fn a_value_that_the_server_reads_from_a_literal_is_not_told() {
    let server = Server::start("postgresql");
    let postgres = std::cell::RefCell::new(Postgres::connect(&server));
    let some = prop::collection::vec(literals(), 1..5);
    let outcome = TestRunner::new(Config::default()).run(&some, |literals| {
        let written: Vec<_> = literals.iter().map(|(literal, _)| literal.as_str()).collect();
        let query = format!("SELECT {} AS \"it's\"", written.join(", "));
        let rows = postgres
            .borrow_mut()
            .ask(&query)
            .map_err(|refused| TestCaseError::fail(format!("{refused:?}: {query}")))?;
        let values: Vec<_> = rows[0].iter().map(|value| value.as_deref().unwrap_or_default()).collect();
        let expected: Vec<_> = literals.iter().map(|(_, value)| value.as_str()).collect();
        prop_assert_eq!(values, expected, "{}", query);
        let trace = capture(|| query_span("postgresql", &query));
        let Value::String(told) = trace.spans()[0].attr("db.query.text").clone() else { panic!("a text") };
        prop_assert!(
            !told.contains("secret") && !told.contains('é') && !told.contains('1'),
            "{}: {}",
            query,
            told
        );
        // Nothing but the literals is lost, unless a backslash before a quote leaves it open where they end.
        let told = told.replace("U&?", "?").replace("? ,", "?,");
        let all = format!("SELECT {} AS \"it's\"", vec!["?"; literals.len()].join(", "));
        prop_assert!(told == all || told.ends_with("?...") && query.contains("\\'"), "{}: {}", query, told);
        Ok(())
    });
    outcome.expect("every query keeps its values to itself");
}
