//! Code over environment over default.

use super::builder::Builder;
use super::defaults;
use crate::env::Env;
use crate::error::Error;
use crate::export::{Compression, Exporter, HttpConfig, OtlpExporter, without_secrets};
use crate::guard::Guard;
use crate::layer::Layer;
use crate::propagation::Propagators;
use crate::record::{Config, Limits, Recorder, Settings, panic};
use crate::resource::resource;
use crate::sampler::Sampler;
use crate::wire::{KeyValue, Resource};
use crate::worker::{self, WorkerConfig};
use std::sync::Arc;
use std::time::Duration;
use tracing_subscriber::filter::Targets;

/// The smallest bounds that make sense.
const MIN_QUEUE_BYTES: usize = 64 << 10;
const MIN_REQUEST_BYTES: usize = 1 << 10;

/// Builds a layer and its guard.
pub(super) fn build(mut builder: Builder, mut env: Env) -> Result<(Layer, Guard), Error> {
    env.warnings.append(&mut builder.warnings);
    install_propagators(&mut env);
    let disabled = env.truth("OTEL_SDK_DISABLED");
    let delay = builder.schedule_delay.or_else(|| env.millis(&["OTEL_BSP_SCHEDULE_DELAY"]));
    let delay = delay.unwrap_or(defaults::SCHEDULE_DELAY).min(defaults::LONGEST_DELAY);
    let request_bytes = builder.request_bytes.unwrap_or(defaults::REQUEST_BYTES).max(MIN_REQUEST_BYTES);
    let queue_bytes = builder.queue_bytes.unwrap_or(defaults::QUEUE_BYTES).max(MIN_QUEUE_BYTES);
    let request_spans = request_spans(&builder, &mut env);
    let resource = resolve_resource(&mut builder, &mut env)?;
    let config = Config {
        settings: Settings { automatic: builder.automatic, filter: filter(&builder, &mut env, disabled)? },
        limits: builder.limits.unwrap_or_else(|| limits(&mut env)),
        sampler: sampler(&mut builder, &mut env)?,
        ids: builder.ids.take(),
        clock: builder.clock.take(),
        random_flag: !builder.no_random_flag,
        panics: builder.panics,
        check_usage: builder.check_usage.unwrap_or(cfg!(debug_assertions)),
        busy_idle: builder.busy_idle,
        queue_bytes,
        // A small bound must not fill up while the worker sleeps.
        wake_bytes: (request_bytes / 2).min(queue_bytes / 4),
        wake_always: delay.is_zero(),
    };
    let exporters = exporters(&mut builder, &mut env, &resource)?;
    if config.panics && !disabled {
        panic::install();
    }
    let recorder = Recorder::new(config);
    let layer = Layer::new(Arc::clone(&recorder));
    if disabled {
        return Ok((layer, Guard::new(recorder, None)));
    }
    let worker = worker::start(WorkerConfig {
        recorder: Arc::clone(&recorder),
        exporters,
        delay: if delay.is_zero() { defaults::SCHEDULE_DELAY } else { delay },
        request_bytes,
        request_spans,
        retry_for: builder.retry_for.unwrap_or(defaults::RETRY_FOR),
        warnings: env.warnings,
        settings: env.taken,
    })?;
    Ok((layer, Guard::new(recorder, Some(worker))))
}

/// The process's propagators are those of the first layer that was built.
fn install_propagators(env: &mut Env) {
    if let Some(names) = env.text("OTEL_PROPAGATORS") {
        let (propagators, warnings) = Propagators::from_names(&names);
        env.warnings.extend(warnings);
        propagators.install();
    }
}

fn resolve_resource(builder: &mut Builder, env: &mut Env) -> Result<Resource, Error> {
    let mut attributes: Vec<_> = env
        .pairs(&["OTEL_RESOURCE_ATTRIBUTES"])?
        .into_iter()
        .map(|(key, value)| KeyValue::new(key, value))
        .collect();
    attributes.extend(env.text("OTEL_SERVICE_NAME").map(|name| KeyValue::new("service.name", name)));
    attributes.append(&mut builder.resource);
    Ok(resource(attributes))
}

fn filter(builder: &Builder, env: &mut Env, disabled: bool) -> Result<Targets, Error> {
    if disabled {
        return Ok(Targets::new());
    }
    if let Some(directives) = &builder.spans {
        return directives.parse().map_err(|error| Error::config("spans", directives, error));
    }
    if let Some(directives) = env.text("THROUGHLINE_SPANS") {
        match directives.parse() {
            Ok(targets) => return Ok(targets),
            Err(error) => env.warn("THROUGHLINE_SPANS", &directives, error, defaults::SPANS),
        }
    }
    defaults::SPANS.parse().map_err(|error| Error::config("spans", defaults::SPANS, error))
}

fn limits(env: &mut Env) -> Limits {
    let default = Limits::default();
    let mut limit = |names: &[&'static str], default| env.number(names).unwrap_or(default);
    Limits {
        attributes: limit(
            &["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
            default.attributes,
        ),
        value_length: limit(
            &["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"],
            default.value_length,
        ),
        events: limit(&["OTEL_SPAN_EVENT_COUNT_LIMIT"], default.events),
        links: limit(&["OTEL_SPAN_LINK_COUNT_LIMIT"], default.links),
        event_attributes: limit(
            &["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
            default.event_attributes,
        ),
        link_attributes: limit(
            &["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
            default.link_attributes,
        ),
    }
}

fn sampler(builder: &mut Builder, env: &mut Env) -> Result<Sampler, Error> {
    if let Some(sampler) = builder.sampler.take() {
        sampler.validate().map_err(|reason| Error::config("sampler", &format!("{sampler:?}"), reason))?;
        return Ok(sampler);
    }
    let Some(name) = env.text("OTEL_TRACES_SAMPLER") else { return Ok(Sampler::default()) };
    let argument = env.text("OTEL_TRACES_SAMPLER_ARG");
    let shown = argument.as_ref().map_or(name.clone(), |argument| format!("{name} {argument}"));
    let sampler = Sampler::from_env_name(&name, argument.as_deref());
    Ok(sampler.unwrap_or_else(|reason| {
        env.warn("OTEL_TRACES_SAMPLER", &shown, reason, "parentbased_always_on");
        Sampler::default()
    }))
}

fn request_spans(builder: &Builder, env: &mut Env) -> usize {
    let given = builder.request_spans.or_else(|| env.number(&["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"]));
    given.filter(|spans| *spans > 0).unwrap_or(usize::MAX)
}

/// The program's own exporters; OTLP/HTTP where there are none, or where an endpoint was asked for in code.
fn exporters(
    builder: &mut Builder,
    env: &mut Env,
    resource: &Resource,
) -> Result<Vec<Arc<dyn Exporter>>, Error> {
    let mut exporters = std::mem::take(&mut builder.exporters);
    let asked = builder.endpoint.is_some() || builder.traces_endpoint.is_some();
    if asked || (exporters.is_empty() && otlp_is_wanted(env)) {
        let http = http(builder, env)?;
        exporters.push(Arc::new(OtlpExporter::new(http, resource)?));
    }
    Ok(exporters)
}

fn otlp_is_wanted(env: &mut Env) -> bool {
    const NAME: &str = "OTEL_TRACES_EXPORTER";
    let Some(list) = env.text(NAME) else { return true };
    let names: Vec<_> = list.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    for name in &names {
        match name.as_str() {
            "otlp" | "none" => {}
            "zipkin" | "console" => env.ignore(NAME, name, "this exporter is not built yet"),
            _ => env.ignore(NAME, name, "there is no such exporter"),
        }
    }
    !names.iter().all(|name| name == "none")
}

fn http(builder: &mut Builder, env: &mut Env) -> Result<HttpConfig, Error> {
    warn_of_protocol(env);
    let (origin, url) = endpoint(builder, env);
    let mut headers = env.pairs(&["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"])?;
    headers.retain(|(name, _)| builder.headers.iter().all(|(own, _)| !own.eq_ignore_ascii_case(name)));
    headers.append(&mut builder.headers);
    let timeout = builder
        .timeout
        .or_else(|| env.millis(&["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"]));
    let timeout = Some(timeout.unwrap_or(defaults::TIMEOUT)).filter(|timeout| *timeout > Duration::ZERO);
    Ok(HttpConfig { url, origin, headers, timeout, compression: compression(builder, env) })
}

/// The URL to post to, and where it came from.
fn endpoint(builder: &mut Builder, env: &mut Env) -> (&'static str, String) {
    if let Some(url) = builder.traces_endpoint.take() {
        return ("traces_endpoint", url);
    }
    if let Some(base) = builder.endpoint.take() {
        return ("endpoint", with_path(env, "endpoint", &base));
    }
    if let Some(own) = env.first(&["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]) {
        return own;
    }
    match env.first(&["OTEL_EXPORTER_OTLP_ENDPOINT"]) {
        Some((name, base)) => (name, with_path(env, name, &base)),
        None => ("endpoint", format!("{}{}", defaults::ENDPOINT, defaults::TRACES_PATH)),
    }
}

/// A base endpoint keeps its path and gets the signal's appended.
fn with_path(env: &mut Env, origin: &str, base: &str) -> String {
    let (base, query) = base.split_once('?').map_or((base, ""), |(base, query)| (base, query));
    let trimmed = base.trim_end_matches('/');
    let path = if trimmed.ends_with(defaults::TRACES_PATH) {
        env.warnings.push(format!(
            "{origin}: {:?} already ends in {}; it is used as it stands",
            without_secrets(base),
            defaults::TRACES_PATH
        ));
        ""
    } else {
        defaults::TRACES_PATH
    };
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{trimmed}{path}{mark}{query}")
}

fn warn_of_protocol(env: &mut Env) {
    let protocol = env.first(&["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"]);
    if let Some((name, value)) = protocol.filter(|(_, value)| !value.eq_ignore_ascii_case("http/protobuf")) {
        env.warn(name, &value, "this protocol is not built yet or unknown", "http/protobuf");
    }
}

fn compression(builder: &Builder, env: &mut Env) -> Compression {
    if let Some(gzip) = builder.gzip {
        return if gzip { Compression::Gzip } else { Compression::None };
    }
    match env.first(&["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"]) {
        Some((_, value)) if value.eq_ignore_ascii_case("gzip") => Compression::Gzip,
        Some((name, value)) if !value.eq_ignore_ascii_case("none") => {
            env.warn(name, &value, "it is neither gzip nor none", "none");
            Compression::None
        }
        _ => Compression::None,
    }
}
