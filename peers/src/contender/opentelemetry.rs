//! tracing-opentelemetry, with a processor that drops what it is given, or with opentelemetry-otlp.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    SdkTracer, SdkTracerProvider, Span, SpanData, SpanExporter as Exporter, SpanProcessor,
};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

use super::{Export, Running};

/// Drops each finished span: as a processor where it ended, as an exporter on the batch processor's thread.
#[derive(Debug)]
struct Drops;

// === impl Drops ===

impl SpanProcessor for Drops {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl Exporter for Drops {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

pub(super) fn start(export: Export<'_>) -> Running {
    start_with(provider(export), |layer| layer)
}

/// With the processor that programs use, which hands finished spans to a thread of its own.
pub(super) fn start_batch() -> Running {
    let builder = SdkTracerProvider::builder().with_resource(resource());
    start_with(builder.with_batch_exporter(Drops).build(), |layer| layer)
}

pub(super) fn start_lean(export: Export<'_>) -> Running {
    start_with(provider(export), |layer| {
        layer
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_target(false)
            .with_level(false)
            .with_context_activation(false)
    })
}

/// The exporter that a program gets from opentelemetry-otlp by default. fastrace-opentelemetry uses it too.
pub(super) fn otlp_exporter(sink: &str) -> SpanExporter {
    // Harmless when the library has put one there: any will do for plain http.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let exporter = SpanExporter::builder().with_http().with_endpoint(format!("{sink}/v1/traces")).build();
    exporter.expect("the sink's URL is good")
}

/// Who makes the spans, in the words of OpenTelemetry.
pub(super) fn resource() -> Resource {
    Resource::builder().with_service_name("bench").build()
}

type Layered = OpenTelemetryLayer<Registry, SdkTracer>;

fn start_with(provider: SdkTracerProvider, options: fn(Layered) -> Layered) -> Running {
    let layer = options(tracing_opentelemetry::layer().with_tracer(provider.tracer("bench")));
    let flushed = provider.clone();
    Running::subscriber(Registry::default().with(layer))
        .settled_by(move || report(flushed.force_flush()))
        .closed_by(move || {
            report(provider.shutdown());
            None
        })
}

fn provider(export: Export<'_>) -> SdkTracerProvider {
    let builder = SdkTracerProvider::builder().with_resource(resource());
    match export {
        Export::Nowhere => builder.with_span_processor(Drops).build(),
        Export::Sink(url) => builder.with_batch_exporter(otlp_exporter(url)).build(),
    }
}

fn report(result: OTelSdkResult) {
    if let Err(error) = result {
        eprintln!("opentelemetry: {error}");
    }
}
