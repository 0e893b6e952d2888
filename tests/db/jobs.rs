//! A queue of jobs in a table of a real PostgreSQL.

use crate::server::Server;
use crate::wire::{Postgres, Refused, Row};
use std::collections::HashMap;
use std::sync::Barrier;
use std::thread;
use throughline::messaging::{consumer, extract, inject, producer};
use throughline::testing::Capture;
use throughline::{SpanExt, db};
use tracing::info_span;

const SYSTEM: &str = "postgresql";
const TAKE: &str = "DELETE FROM jobs WHERE id = (SELECT id FROM jobs ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) \
                    RETURNING id, traceparent";

/// Asks as a program would: a span, the trace in a comment, the outcome.
fn ask(postgres: &mut Postgres, query: &str) -> Result<Vec<Row>, Refused> {
    let span = db::query_span(SYSTEM, query);
    span.record("db.namespace", "postgres");
    let answer = span.in_scope(|| postgres.ask(&db::with_traceparent(&span, SYSTEM, query)));
    match &answer {
        Ok(rows) => drop(span.record("db.response.returned_rows", rows.len())),
        Err(refused) => db::fail(&span, &refused.code, &refused.message),
    }
    answer
}

fn put(postgres: &mut Postgres, job: usize) {
    let span = producer(SYSTEM, "jobs").send();
    let mut headers = HashMap::new();
    inject(&span, &mut headers);
    let query = format!("INSERT INTO jobs VALUES ({job}, '{}')", headers["traceparent"]);
    span.in_scope(|| ask(postgres, &query)).expect("it is put");
}

/// Works until there is nothing left; how many jobs it had.
fn work(postgres: &mut Postgres) -> usize {
    for done in 0.. {
        let receive = consumer(SYSTEM, "jobs").receive();
        let rows = receive.in_scope(|| ask(postgres, TAKE)).expect("a job, or none");
        drop(receive);
        let Some([Some(id), Some(traceparent)]) = rows.first().map(|row| &row[..]) else { return done };
        let headers = HashMap::from([("traceparent".to_owned(), traceparent.clone())]);
        let span = consumer(SYSTEM, "jobs").process_child_of(&extract(&headers));
        span.record("messaging.message.id", id.as_str());
        span.in_scope(|| ask(postgres, &format!("INSERT INTO done VALUES ({id})")))
            .expect("no job is had twice");
    }
    unreachable!("it returns when there is nothing left")
}

#[test]
#[ignore = "needs PostgreSQL: scripts/backends install postgresql"]
fn jobs_in_a_table_are_worked_on_in_the_trace_of_who_put_them_there() {
    let mut server = Server::start(SYSTEM);
    let mut postgres = Postgres::connect(&server);
    postgres
        .ask("CREATE TABLE jobs (id int, traceparent text); CREATE TABLE done (id int PRIMARY KEY)")
        .expect("made");
    let capture = Capture::new();
    capture.run(|| info_span!("checkout").in_scope(|| (0..20).for_each(|job| put(&mut postgres, job))));
    let mut others = [Postgres::connect(&server), Postgres::connect(&server)];
    let begin = Barrier::new(2);
    let done: usize = thread::scope(|scope| {
        let (capture, begin) = (&capture, &begin);
        let workers = others.each_mut().map(|postgres| {
            scope.spawn(move || {
                begin.wait();
                capture.run(|| work(postgres))
            })
        });
        workers.into_iter().map(|worker| worker.join().expect("it works")).sum()
    });
    assert_eq!(done, 20);
    drop((postgres, others));
    assert!(server.end().success());

    let trace = capture.finish();
    let checkout = trace.span("checkout");
    let spans = trace.spans();
    let of = |name: &str| spans.iter().filter(|span| span.name() == name).collect::<Vec<_>>();
    let sends = of("send jobs");
    assert_eq!((sends.len(), of("process jobs").len(), of("INSERT jobs").len()), (20, 20, 20));
    for process in of("process jobs") {
        assert_eq!(process.data().trace_id, checkout.data().trace_id);
        assert!(sends.iter().any(|send| send.data().span_id == process.data().parent_span_id));
        let [insert] = &process.children()[..] else { panic!("{trace}") };
        assert_eq!(
            (insert.name(), insert.attr("db.query.text")),
            ("INSERT done", &"INSERT INTO done VALUES (?)".into())
        );
    }
    let takes = of("DELETE jobs SELECT jobs");
    assert_eq!(takes.len(), 22, "each job, and for each worker the time that there was none");
    assert_eq!(takes.iter().filter(|take| *take.attr("db.response.returned_rows") == 1).count(), 20);
}

#[test]
#[ignore = "needs PostgreSQL: scripts/backends install postgresql"]
fn the_server_knows_the_trace_of_what_it_runs() {
    let server = Server::start(SYSTEM);
    let mut postgres = Postgres::connect(&server);
    let capture = Capture::new();
    let query = "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid();";
    let seen = capture.run(|| {
        let span = db::query_span(SYSTEM, query);
        let ids = span.context().span_context();
        let rows = postgres.ask(&db::with_traceparent(&span, SYSTEM, query)).expect("rows");
        (
            rows[0][0].clone().expect("the query"),
            format!("/*traceparent='00-{}-{}", ids.trace_id(), ids.span_id()),
        )
    });
    assert!(seen.0.contains(&seen.1), "{seen:?}");
}

#[test]
#[ignore = "needs PostgreSQL: scripts/backends install postgresql"]
fn what_the_server_refuses_is_told_by_its_code() {
    let server = Server::start(SYSTEM);
    let mut postgres = Postgres::connect(&server);
    let capture = Capture::new();
    capture.run(|| {
        ask(&mut postgres, "CREATE TABLE one (id int PRIMARY KEY)").expect("it is made");
        ask(&mut postgres, "INSERT INTO one VALUES (1), (1)").expect_err("twice the same key");
        ask(&mut postgres, "SELECT 'open").expect_err("no end");
    });
    let trace = capture.finish();
    let twice = trace.span("INSERT one");
    assert_eq!(
        (twice.attr("db.response.status_code"), twice.attr("error.type")),
        (&"23505".into(), &"23505".into())
    );
    assert_eq!(twice.status().description, "duplicate key value violates unique constraint \"one_pkey\"");
    assert_eq!(trace.span("SELECT").attr("error.type"), "42601");
}
