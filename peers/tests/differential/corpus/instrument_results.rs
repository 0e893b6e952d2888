//! `#[instrument]`: what it says of results and errors.

use std::fmt;

use tracing::instrument;

use crate::hand::Hand;
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    result_ret,
    result_ret_display,
    result_ret_level,
    result_ret_of_result,
    result_err,
    result_err_debug,
    result_err_level,
    result_err_unit,
    result_err_and_ret,
    result_err_async,
    result_err_text,
    result_err_question_mark,
    result_err_nested,
    result_err_after_ok,
    result_everything,
    result_err_of_anyhow_kind,
];

#[derive(Debug)]
enum Failure {
    NotFound { id: u32 },
    Empty,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::NotFound { id } => write!(f, "order {id} not found"),
            Failure::Empty => f.write_str("nothing there"),
        }
    }
}

impl std::error::Error for Failure {}

fn result_ret(_: &dyn Hand) {
    #[instrument(ret)]
    fn number() -> u32 {
        7
    }
    #[instrument(ret)]
    fn text() -> &'static str {
        "text"
    }
    number();
    text();
}

fn result_ret_display(_: &dyn Hand) {
    #[instrument(ret(Display))]
    fn text() -> &'static str {
        "text"
    }
    text();
}

fn result_ret_level(_: &dyn Hand) {
    #[instrument(ret(level = "warn"))]
    fn number() -> u32 {
        7
    }
    number();
}

fn result_ret_of_result(_: &dyn Hand) {
    #[instrument(ret)]
    fn number(good: bool) -> Result<u32, Failure> {
        if good { Ok(7) } else { Err(Failure::Empty) }
    }
    let _ = (number(true), number(false));
}

fn result_err(_: &dyn Hand) {
    #[instrument(err)]
    fn find(id: u32) -> Result<u32, Failure> {
        if id == 1 { Ok(id) } else { Err(Failure::NotFound { id }) }
    }
    let _ = (find(1), find(2));
}

fn result_err_debug(_: &dyn Hand) {
    #[instrument(err(Debug))]
    fn find(id: u32) -> Result<u32, Failure> {
        Err(Failure::NotFound { id })
    }
    let _ = find(2);
}

fn result_err_level(_: &dyn Hand) {
    #[instrument(err(level = "info"))]
    fn find(id: u32) -> Result<u32, Failure> {
        Err(Failure::NotFound { id })
    }
    let _ = find(2);
}

fn result_err_unit(_: &dyn Hand) {
    #[instrument(err(Debug))]
    fn check() -> Result<(), Failure> {
        Err(Failure::Empty)
    }
    let _ = check();
}

fn result_err_and_ret(_: &dyn Hand) {
    #[instrument(ret, err)]
    fn find(id: u32) -> Result<u32, Failure> {
        if id == 1 { Ok(id) } else { Err(Failure::NotFound { id }) }
    }
    let _ = (find(1), find(2));
}

fn result_err_async(_: &dyn Hand) {
    #[instrument(err)]
    async fn find(id: u32) -> Result<u32, Failure> {
        tokio::task::yield_now().await;
        Err(Failure::NotFound { id })
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let _ = runtime.block_on(find(2));
}

fn result_err_text(_: &dyn Hand) {
    #[instrument(err)]
    fn as_text() -> Result<(), &'static str> {
        Err("only text")
    }
    #[instrument(err(Debug))]
    fn as_quoted_text() -> Result<(), &'static str> {
        Err("only text")
    }
    let _ = (as_text(), as_quoted_text());
}

fn result_err_question_mark(_: &dyn Hand) {
    #[instrument(err)]
    fn parse(text: &str) -> Result<i32, Box<dyn std::error::Error>> {
        Ok(text.parse::<i32>()?)
    }
    let _ = parse("x");
}

fn result_err_nested(_: &dyn Hand) {
    #[instrument(err)]
    fn outer() -> Result<(), Failure> {
        inner()
    }
    #[instrument(err)]
    fn inner() -> Result<(), Failure> {
        Err(Failure::Empty)
    }
    let _ = outer();
}

fn result_err_after_ok(_: &dyn Hand) {
    #[instrument(err, fields(otel.status_code = "ok"))]
    fn work() -> Result<(), Failure> {
        Err(Failure::Empty)
    }
    let _ = work();
}

fn result_everything(_: &dyn Hand) {
    #[instrument(name = "all", target = "shop", level = "warn", skip_all, fields(id, otel.kind = "client"), ret, err(Debug, level = "warn"))]
    async fn work(id: u32) -> Result<&'static str, Failure> {
        tracing::Span::current().record("id", id);
        if id == 0 { Err(Failure::NotFound { id }) } else { Ok("found") }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let _ = runtime.block_on(async { (work(1).await, work(0).await) });
}

/// A report whose `Debug` form is prose of several lines.
fn result_err_of_anyhow_kind(_: &dyn Hand) {
    struct Report;
    impl fmt::Debug for Report {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Failed to order\n\nCaused by:\n    card declined")
        }
    }
    impl fmt::Display for Report {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Failed to order")
        }
    }
    #[instrument(err)]
    fn display() -> Result<(), Report> {
        Err(Report)
    }
    #[instrument(err(Debug))]
    fn debug() -> Result<(), Report> {
        Err(Report)
    }
    let _ = (display(), debug());
}
