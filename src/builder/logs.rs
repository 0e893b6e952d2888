//! `LogSettings`: what the environment says of log records.

use super::batching::{Batching, batching};
use super::builder::Builder;
use super::exporters::{Chosen, chosen};
use super::limits;
use crate::env::Env;
use crate::export::Signal;
use crate::record::LogLimits;

/// How log records are made and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogSettings {
    /// `None`: nothing is said of them.
    pub(crate) exporters: Option<Chosen>,
    pub(crate) limits: LogLimits,
    pub(crate) batching: Batching,
    /// Whether errors become span events where they become log records.
    pub(crate) exception_events: bool,
}

pub(super) fn log_settings(builder: &Builder, env: &mut Env) -> LogSettings {
    LogSettings {
        exporters: chosen(env, Signal::Logs),
        limits: limits::log_limits(env),
        batching: batching(builder, env, Signal::Logs),
        exception_events: exception_events(env),
    }
}

/// `logs`: errors become log records instead of span events; `logs/dup`: both (semantic conventions, "Exceptions").
fn exception_events(env: &mut Env) -> bool {
    const NAME: &str = "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN";
    let Some(list) = env.list(NAME) else { return true };
    for item in list.iter().filter(|item| !["logs", "logs/dup"].contains(&item.as_str())) {
        env.warn(NAME, item, "it is neither logs nor logs/dup", "the rest");
    }
    // Where both are named, the cautious one holds.
    let has = |name: &str| list.iter().any(|item| item == name);
    has("logs/dup") || !has("logs")
}
