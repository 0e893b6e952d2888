//! Names, kinds and attributes: the semantic conventions for databases, 1.44.

use throughline::SpanExt;
use throughline::db::{fail, fail_without_code, operation_span, query_span};
use throughline::testing::{assert_tree, capture};
use throughline::wire::{StatusCode, Value};
use tracing::info_span;

#[test]
fn a_query_is_named_by_its_summary_and_told_without_its_literals() {
    let trace = capture(|| {
        info_span!("checkout")
            .in_scope(|| query_span("postgresql", "SELECT * FROM carts WHERE user = 'Ada' AND id = 7"))
    });
    assert_tree!(
        trace,
        r#"
        checkout
          SELECT carts kind=client db.system.name=postgresql db.query.text="SELECT * FROM carts WHERE user = ? AND id = ?" db.query.summary="SELECT carts"
        "#
    );
}

#[test]
fn a_query_of_which_nothing_can_be_made_out_is_named_by_its_system() {
    let trace = capture(|| query_span("mongodb", "{ find: \"carts\", filter: { id: 7 } }"));
    let span = trace.span("mongodb");
    assert_eq!(span.attr("db.query.text"), "{ find: ?, filter: { id: ? } }");
    assert_eq!(span.try_attr("db.query.summary"), None);
}

#[test]
fn an_operation_is_named_by_itself_and_what_it_works_on() {
    let trace = capture(|| {
        drop(operation_span("redis", "HGET", ""));
        drop(operation_span("mongodb", "findAndModify", "carts"));
    });
    assert_tree!(
        trace,
        r#"
        HGET kind=client db.system.name=redis db.operation.name=HGET
        findAndModify carts kind=client db.system.name=mongodb db.collection.name=carts db.operation.name=findAndModify
        "#
    );
}

#[test]
fn what_is_known_later_is_recorded_later() {
    let trace = capture(|| {
        let span = query_span("postgresql", "SELECT * FROM carts WHERE id = $1 AND kind = 'x'");
        span.record("db.query.text", "SELECT * FROM carts WHERE id = $1 AND kind = 'x'");
        span.record("otel.name", "cart by id");
        span.record("db.query.summary", "cart by id");
        span.record("db.namespace", "shop|public");
        span.record("db.collection.name", "carts");
        span.record("db.operation.name", "SELECT");
        span.record("db.operation.batch.size", 2);
        span.record("db.stored_procedure.name", "none");
        span.record("db.response.returned_rows", 3);
        span.record("server.address", "db");
        span.record("server.port", 5433);
        span.set_attribute("network.peer.address", "10.0.0.7");
    });
    let span = trace.span("cart by id");
    for (key, value) in [
        ("db.query.text", "SELECT * FROM carts WHERE id = $1 AND kind = 'x'"),
        ("db.query.summary", "cart by id"),
        ("db.namespace", "shop|public"),
        ("db.collection.name", "carts"),
        ("db.operation.name", "SELECT"),
        ("db.stored_procedure.name", "none"),
        ("server.address", "db"),
        ("network.peer.address", "10.0.0.7"),
    ] {
        assert_eq!(span.attr(key), value, "{key}");
    }
    assert_eq!((span.attr("db.response.returned_rows"), span.attr("server.port")), (&3.into(), &5433.into()));
    assert_eq!(span.attr("db.operation.batch.size"), 2);
}

#[test]
fn a_failure_has_its_code_and_makes_the_status_an_error() {
    let trace = capture(|| {
        fail(&query_span("postgresql", "SELECT a FROM b"), "42P01", "relation \"b\" does not exist");
        fail_without_code(&query_span("postgresql", "SELECT a FROM c"), "timeout", "");
    });
    let refused = trace.span("SELECT b");
    assert_eq!(refused.attr("db.response.status_code"), "42P01");
    assert_eq!(refused.attr("error.type"), "42P01");
    assert_eq!(refused.status().description, "relation \"b\" does not exist");
    let late = trace.span("SELECT c");
    assert_eq!(
        (late.attr("error.type"), late.try_attr("db.response.status_code")),
        (&"timeout".into(), None)
    );
    assert_eq!((late.status().code, late.status().description.as_str()), (StatusCode::Error, ""));
}

#[test]
fn a_query_of_ten_mebibytes_is_cut() {
    let query = format!("INSERT INTO t VALUES {}", "('secret', 1), ".repeat(700_000));
    assert!(query.len() > 10 << 20);
    let trace = capture(|| query_span("mysql", &query));
    let span = trace.span("INSERT t");
    let Value::String(text) = span.attr("db.query.text") else { panic!("a text") };
    assert!(text.len() < 9000 && text.contains("(?, ?), (?, ?)") && text.contains("..."), "{text}");
    assert!(!text.contains("secret"));
}

#[test]
fn of_a_command_nothing_is_told_but_its_name() {
    for (query, name, text) in [
        ("SET user:7 hunter2", "SET", "SET ?"),
        (" auth\r\nhunter2 ", "auth", "auth ?"),
        ("FT.SEARCH idx @name:hunter2", "FT.SEARCH", "FT.SEARCH ?"),
        ("PING", "PING", "PING"),
        ("*3\r\n$3\r\nSET", "redis", "?"),
        ("h\u{fc}nter2", "redis", "?"),
        ("", "redis", ""),
    ] {
        let trace = capture(|| drop(query_span("redis", query)));
        let span = trace.span(name);
        assert_eq!(*span.attr("db.query.text"), text, "{query:?}");
        let summary = (name != "redis").then(|| name.into());
        assert_eq!(span.try_attr("db.query.summary"), summary.as_ref());
    }
}
