//! Records of the `log` crate that come through tracing-log.

use tracing::info_span;

use crate::hand::Hand;
use crate::program::{Program, Setup};

pub(super) const PROGRAMS: &[Program] = programs![
    log_record,
    log_record_with_target,
    log_record_of_each_level,
    log_record_outside,
    log_record_formatted,
    log_record_in_a_hidden_span under Setup::LayerFn(|metadata| metadata.name() != "hidden"),
    log_record_beside_events,
];

fn log_record(_: &dyn Hand) {
    info_span!("work").in_scope(|| log::info!("from log"));
}

fn log_record_with_target(_: &dyn Hand) {
    info_span!("work").in_scope(|| log::warn!(target: "old::crate", "from log"));
}

fn log_record_of_each_level(_: &dyn Hand) {
    info_span!("work").in_scope(|| {
        log::error!("error");
        log::warn!("warn");
        log::info!("info");
        log::debug!("debug");
        log::trace!("trace");
    });
}

fn log_record_outside(_: &dyn Hand) {
    log::error!("outside");
    info_span!("work").in_scope(|| {});
}

fn log_record_formatted(_: &dyn Hand) {
    let user = 7;
    info_span!("work").in_scope(|| log::info!("user {user} of {}", 9));
}

fn log_record_in_a_hidden_span(_: &dyn Hand) {
    let _outer = info_span!("outer").entered();
    info_span!("hidden").in_scope(|| log::info!("from log"));
}

fn log_record_beside_events(_: &dyn Hand) {
    info_span!("work").in_scope(|| {
        tracing::info!("one");
        log::error!("two");
        tracing::info!("three");
    });
}
