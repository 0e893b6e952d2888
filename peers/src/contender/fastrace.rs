//! fastrace, with a reporter that drops what it is given, or with fastrace-opentelemetry.

use std::borrow::Cow;

use fastrace::collector::{Config, Reporter, SpanRecord};
use fastrace_opentelemetry::OpenTelemetryReporter;
use opentelemetry::InstrumentationScope;

use super::opentelemetry::{otlp_exporter, resource};
use super::{Export, Running};

struct Drops;

// === impl Drops ===

impl Reporter for Drops {
    fn report(&mut self, _: Vec<SpanRecord>) {}
}

pub(super) fn start(export: Export<'_>) -> Running {
    match export {
        Export::Nowhere => fastrace::set_reporter(Drops, Config::default()),
        Export::Sink(url) => fastrace::set_reporter(otlp_reporter(url), Config::default()),
    }
    Running::fastrace().settled_by(fastrace::flush).closed_by(|| {
        fastrace::flush();
        None
    })
}

fn otlp_reporter(sink: &str) -> OpenTelemetryReporter {
    let scope = InstrumentationScope::builder("bench").build();
    OpenTelemetryReporter::new(otlp_exporter(sink), Cow::Owned(resource()), scope)
}
