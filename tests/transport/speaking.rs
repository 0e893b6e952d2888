//! A layer that sends to a collector, and the lines of the log that it is told of.

use crate::ledger::{LONG, row, spans};
use crate::support::Lines;
use std::time::Duration;
use throughline::{Builder, Guard};
use tracing::Dispatch;
use tracing_subscriber::{fmt, prelude::*, registry};

/// A layer that only sends when it is told to, beside one that writes lines. It checks nothing by itself.
pub(crate) fn started(builder: Builder) -> (Dispatch, Guard, Lines) {
    let lines = Lines::default();
    let writer = lines.clone();
    let builder = builder.startup_check(false).schedule_delay(Duration::from_secs(3600));
    let (layer, guard) = builder.build().expect("valid settings");
    let fmt = fmt::layer().with_ansi(false).with_writer(move || writer.clone());
    (Dispatch::new(registry().with(fmt).with(layer)), guard, lines)
}

/// Sends a span that does not arrive, and gives the one line that says why.
#[track_caller]
pub(crate) fn refused(builder: Builder) -> String {
    let (dispatch, guard, lines) = started(builder.retry_for(Duration::ZERO));
    spans(&dispatch, 1);
    assert!(guard.flush(LONG).expect_err("it cannot arrive").is_undelivered());
    let stats = guard.stats();
    assert_eq!((row(&stats).dropped.retries, row(&stats).exported), (1, 0), "{stats}");
    lines.with("kept and sent again")
}
