//! What is made of queries: texts, summaries, and that nothing leaks.

use super::dialect::Dialect;
use super::query::{MAX_READ, Query, Read};
use super::span;
use super::text::MAX_TEXT;
use crate::Sampler;
use crate::testing::Capture;
use proptest::prelude::*;

const DIALECTS: [Dialect; 6] = [
    Dialect::Postgres,
    Dialect::MySql,
    Dialect::SqlServer,
    Dialect::Oracle,
    Dialect::Sqlite,
    Dialect::Unknown,
];

fn text(dialect: Dialect, query: &str) -> String {
    Read::new(dialect, query).text
}

fn summary(query: &str) -> String {
    Read::new(Dialect::Postgres, query).summary
}

#[test]
fn literals_become_question_marks_in_every_dialect() {
    for (query, expected) in [
        ("SELECT * FROM t WHERE a = 'x' AND b=1", "SELECT * FROM t WHERE a = ? AND b=?"),
        ("select 'it''s', '', 1.5e-7, 0xFF, 1_000, -3", "select ?, ?, ?, ?, ?, -?"),
        ("SELECT\n  a\t,\r\n b  ", "SELECT a , b"),
        ("SELECT a -- the first\nFROM t /* all of it */;", "SELECT a FROM t ;"),
        ("WHERE a = TRUE or b IS NOT false and c IS NULL", "WHERE a = ? or b IS NOT ? and c IS NULL"),
        ("SELECT X'1F', b'01', N'é', E'x', _utf8'x', DATE '2020-01-01'", "SELECT ?, ?, ?, ?, ?, DATE ?"),
        ("SELECT t1.c2 FROM t1 WHERE a_1 = b2$", "SELECT t1.c2 FROM t1 WHERE a_1 = b2$"),
        ("a IN (1, 2,3) or b in ('x')", "a IN (?) or b in (?)"),
        ("a IN (1, b, 2) or c IN (SELECT 1, 2)", "a IN (?, b, ?) or c IN (SELECT ?, ?)"),
        ("a IN (1, -2) VALUES (1, 'x', ?)", "a IN (?, -?) VALUES (?, ?, ?)"),
        ("größe = '£' AND имя = 'ш' AND a = ٣٤", "größe = ? AND имя = ? AND a = ?"),
        ("a =\u{3000}5 AND b =\u{a0}'x'", "a = ? AND b = ?"),
        ("", ""),
        ("  ", ""),
    ] {
        for dialect in DIALECTS {
            assert_eq!(text(dialect, query), expected, "{dialect:?}");
        }
    }
}

#[test]
fn quotes_mean_what_they_mean_to_the_system() {
    use Dialect::{MySql, Oracle, Postgres, SqlServer, Sqlite, Unknown};
    for (dialect, query, expected) in [
        (Postgres, r#"SELECT "a ""b" FROM "T""#, r#"SELECT "a ""b" FROM "T""#),
        (MySql, r#"SELECT "secret" FROM `a ``b`"#, "SELECT ? FROM `a ``b`"),
        (Unknown, r#"SELECT "secret" FROM `t`"#, "SELECT ? FROM `t`"),
        (SqlServer, "SELECT [it's], 'x' FROM [a]]'b]", "SELECT [it's], ? FROM [a]]'b]"),
        (SqlServer, "a = $100.50", "a = $?"),
        (Postgres, "SELECT a[1:2], ARRAY['x'] FROM t", "SELECT a[?:?], ARRAY[?] FROM t"),
        (Sqlite, "SELECT [it's], ?1, :2, $3", "SELECT [it's], ?1, :2, $3"),
        (Unknown, "SELECT a[i], b", "SELECT a[i], b"),
        (Unknown, "SELECT [it's], 'x'", "SELECT ?..."),
        (Postgres, "f($1, $$it's$$, $a$ $$ 'x' $a$, a$b$)", "f($1, ?, ?, a$b$)"),
        (MySql, "SELECT 1 # it's\n, 'x'", "SELECT ? , ?"),
        (Postgres, "SELECT a #> '{x}'", "SELECT a #> ?"),
        (MySql, "SELECT 5--'x\ny'", "SELECT ?--?"),
        (Postgres, "SELECT /* a /* it's */ b */ 'x'", "SELECT ?"),
        (MySql, "SELECT /* a /* it */ 'x' /* */", "SELECT ?"),
        (MySql, "SELECT /*! 'x */ y' */ 1", "SELECT ?..."),
        (Oracle, "SELECT q'[it's]', nQ'!it's!', :1 FROM v$session", "SELECT ?, ?, :1 FROM v$session"),
        (Postgres, "SELECT :1, ?1", "SELECT :?, ??"),
    ] {
        assert_eq!(text(dialect, query), expected, "{dialect:?}: {query}");
    }
}

#[test]
fn the_rest_is_one_question_mark_where_systems_or_settings_disagree() {
    for query in
        [r"a 'it\'s secret'", r#"a "it\"s secret""#, r"a E'it\'s secret'", "a -- x\rsecret", "a \\secret"]
    {
        for dialect in DIALECTS {
            assert_eq!(text(dialect, query), "a ?...", "{dialect:?}: {query}");
        }
    }
    for query in [
        "a '''it's secret'''",
        "a // it's secret",
        "a # it's secret",
        "a --secret",
        "a /* /* */ secret",
        "a q'[it's secret]'",
        "a $$it's$$ secret",
        "a `it's` secret",
    ] {
        assert_eq!(text(Dialect::Unknown, query), "a ?...", "{query}");
    }
}

#[test]
fn what_is_open_at_the_end_goes_on_to_the_end() {
    for query in ["a 'it", "a 'it''", "a $$it's", "a $b$it$$"] {
        assert_eq!(text(Dialect::Postgres, query).replace("$b$", ""), "a ?", "{query}");
    }
    assert_eq!(text(Dialect::Postgres, "a /* /* 'x' */ 'secret'"), "a");
    assert_eq!(text(Dialect::Oracle, "a q'[it's"), "a ?");
    assert_eq!(text(Dialect::Oracle, "a q'"), "a ?");
    assert_eq!(text(Dialect::SqlServer, "a [it's"), "a [it's");
}

#[test]
fn summaries_are_those_of_the_conventions() {
    for (query, expected) in [
        ("SELECT *\nFROM wuser_table\nWHERE username = ?", "SELECT wuser_table"),
        (
            "INSERT INTO shipping_details (order_id, address) SELECT order_id, address FROM orders WHERE order_id = ?",
            "INSERT shipping_details SELECT orders",
        ),
        ("SELECT * FROM songs, artists WHERE songs.artist_id == artists.id", "SELECT songs artists"),
        (
            "SELECT order_date FROM (SELECT * FROM orders o JOIN customers c ON o.customer_id = c.customer_id)",
            "SELECT SELECT orders customers",
        ),
        ("SELECT * FROM \"song list\", 'artists'", "SELECT \"song list\""),
        ("CALL some_stored_procedure", "CALL some_stored_procedure"),
    ] {
        assert_eq!(summary(query), expected, "{query}");
    }
}

#[test]
fn summaries_know_statements() {
    for (query, expected) in [
        ("update only public.\"Jobs\" j set a = 1, b = 2 from x", "update public.\"Jobs\" x"),
        ("DELETE FROM a USING b WHERE a.id = b.id", "DELETE a b"),
        ("SELECT id FROM jobs WHERE done IS DISTINCT FROM x FOR UPDATE SKIP LOCKED", "SELECT jobs"),
        ("SELECT extract(year FROM at), trim(both FROM b) FROM t a, u AS b ORDER BY 1, 2", "SELECT t u"),
        (
            "WITH x AS (DELETE FROM jobs RETURNING *) INSERT INTO done SELECT * FROM x",
            "DELETE jobs INSERT done SELECT x",
        ),
        ("INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2", "INSERT t"),
        ("MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = 1", "MERGE t s"),
        ("CREATE OR REPLACE TEMP VIEW v AS SELECT 1 FROM t", "CREATE VIEW v SELECT t"),
        ("create table if not exists a.b (c int)", "create table a.b"),
        ("EXPLAIN ANALYZE SELECT 1", "EXPLAIN SELECT"),
        ("BEGIN; SELECT 1 FROM a; COMMIT", "BEGIN SELECT a COMMIT"),
        ("SELECT replace(lower(replace(a, 'b', 'c')), 'd', 'e') FROM t", "SELECT t"),
        ("SELECT * FROM a LEFT JOIN b ON a.x = b.x, c WHERE d IN (SELECT e FROM f)", "SELECT a b c SELECT f"),
        ("SELECT a FROM f(1, 2), 'x', y", "SELECT f y"),
        ("hello, FROM secret", ""),
        ("", ""),
    ] {
        assert_eq!(summary(query), expected, "{query}");
    }
}

#[test]
fn a_summary_ends_before_a_name_that_goes_over_its_bound() {
    let long = "x".repeat(250);
    assert_eq!(summary(&format!("SELECT a FROM {long}, b")), "SELECT");
    assert_eq!(summary(&format!("SELECT a FROM b, c.{long}, d")), "SELECT b");
    let nested = format!("SELECT {} SELECT a FROM b", "(".repeat(1000));
    assert_eq!(summary(&nested), "SELECT");
}

#[test]
fn long_queries_are_read_and_kept_in_part() {
    let many = format!("SELECT {}", "'x', ".repeat(2 << 20));
    let lists = format!("SELECT a IN ({}) FROM t", vec!["'secret'"; 1 << 20].join(", "));
    let literal = format!("SELECT '{}' FROM t", "secret".repeat(2 << 20));
    let word = "é".repeat(5 << 20);
    for query in
        [many, lists, literal, word, "(".repeat(10 << 20), "/*".repeat(5 << 20), "$a[`".repeat(3 << 20)]
    {
        for dialect in DIALECTS {
            let text = text(dialect, &query);
            assert!(text.len() <= MAX_TEXT + 3 && text.ends_with("..."), "{dialect:?}: {}", text.len());
            assert!(!text.contains("secret"));
        }
    }
    let short = format!("SELECT {}", vec!["'x'"; 1000].join(", "));
    assert_eq!(text(Dialect::Postgres, &short), format!("SELECT {}", vec!["?"; 1000].join(", ")));
    let end = format!("{}SELECT 1", " ".repeat(MAX_READ - 8));
    assert_eq!(text(Dialect::Postgres, &end), "SELECT ?");
}

#[test]
fn nothing_is_made_of_a_query_whose_span_is_not_kept() {
    for (sampler, spans, looked) in [
        (Sampler::always_on(), "trace", true),
        (Sampler::always_off(), "trace", false),
        (Sampler::always_on(), "off", false),
    ] {
        let capture = Capture::with(|builder| builder.sampler(sampler).spans(spans));
        let query = Query::new("mysql", "SELECT a FROM b");
        capture.run(|| {
            let _root = tracing::info_span!("root").entered();
            // The decision is taken by the first child at the latest, which is looked at.
            let _decided = crate::current_context();
            drop(span::of(&query));
        });
        assert_eq!(query.looked_at().is_some(), looked, "{spans}");
    }
    let query = Query::new("mysql", "SELECT a FROM b");
    drop(span::of(&query));
    assert!(query.looked_at().is_none());
}

// === nothing leaks ===

/// A word, and a number, of which nothing may be seen.
const SECRET: &str = "secret";
const NUMBER: &str = "8675309";

/// What may stand within a literal, whatever its quotes are made of it.
fn content() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("'"),
        Just("\""),
        Just("`"),
        Just("]"),
        Just("\\"),
        Just("--"),
        Just("/*"),
        Just("*/"),
        Just("#"),
        Just("$$"),
        Just("$a$"),
        Just("\n"),
        Just(";"),
        Just("é"),
        Just(" "),
        Just(SECRET),
        Just(NUMBER),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat() + SECRET)
}

/// A piece of a query as the dialect has it, between blanks.
fn piece(dialect: Dialect) -> impl Strategy<Value = String> {
    (content(), 0..11_u8).prop_map(move |(content, which)| {
        // MySQL and others may take a backslash for an escape: there it is written twice.
        let string = content.replace('\\', "\\\\").replace('\'', "''");
        let comment = content.replace("*/", "").replace("/*", "").replace('!', "");
        match which {
            0 | 1 => format!("'{string}'"),
            2 => NUMBER.to_owned(),
            3 => format!("{NUMBER}.5e-7"),
            4 => format!("/* {comment} */"),
            5 => format!("-- {}\n", content.replace(['\n', '\r'], " ")),
            6 => format!("N'{string}'"),
            7 => "SELECT a FROM t1".to_owned(),
            8 => "UPDATE b SET c =".to_owned(),
            9 => special(dialect, &content),
            _ => ", (".to_owned(),
        }
    })
}

/// What only this dialect has.
fn special(dialect: Dialect, content: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("$q${content}$q$ /* /* {SECRET} */ ' */"),
        Dialect::MySql => format!("\"{}\" # {SECRET}'\n", content.replace('\\', "\\\\").replace('"', "\"\"")),
        Dialect::SqlServer => "[it's]".to_owned(),
        Dialect::Oracle => format!("q'!{content}!'"),
        Dialect::Sqlite => "[it's] `it's`".to_owned(),
        Dialect::Unknown => String::new(),
    }
}

fn queries() -> impl Strategy<Value = (Dialect, String)> {
    prop::sample::select(&DIALECTS[..]).prop_flat_map(|dialect| {
        let pieces = prop::collection::vec(piece(dialect), 0..12);
        (Just(dialect), pieces.prop_map(|pieces| pieces.join(" ")))
    })
}

proptest! {
    #[test]
    fn no_literal_and_no_comment_is_told((dialect, query) in queries()) {
        let Read { text, summary } = Read::new(dialect, &query);
        for secret in [SECRET, NUMBER] {
            prop_assert!(!text.contains(secret) && !summary.contains(secret), "{text}\n{summary}");
        }
    }

    #[test]
    fn anything_can_be_read(query in any::<String>(), noise in r#"['"`\[\]$/*#\-\\aqE1é(), \n\r.;?:]{0,60}"#) {
        for dialect in DIALECTS {
            for query in [&query, &noise] {
                let Read { text, summary } = Read::new(dialect, query);
                prop_assert!(text.len() <= MAX_TEXT + 3 && summary.len() <= 255);
                prop_assert!(!text.contains("..") || query.contains("..") || text.ends_with("..."));
                // Where strings end is agreed on, so no digit that begins a number is left.
                prop_assert!(!text.bytes().next().is_some_and(|byte| byte.is_ascii_digit()));
            }
        }
    }

    #[test]
    fn what_was_read_once_reads_the_same_again((dialect, query) in queries()) {
        let once = text(dialect, &query);
        if !once.ends_with("...") {
            prop_assert_eq!(text(dialect, &once), once);
        }
    }
}
