//! Code over environment over default, then started.

use super::batching::{Batching, batching};
use super::builder::Builder;
use super::exporters::chosen;
use super::filter::filter;
use super::limits::limits;
use super::logs::{LogSettings, log_settings};
use super::otlp::http;
use super::sampling::sampler;
use super::{defaults, log_level, unbuilt};
use crate::env::Env;
use crate::error::Error;
use crate::export::{Exporter, HttpConfig, OtlpExporter, Signal};
use crate::guard::Guard;
use crate::layer::Layer;
use crate::propagation::{Propagator, Propagators};
use crate::record::{Config, Recorder, Settings};
use crate::resource::resource;
use crate::wire::{KeyValue, Resource};
use crate::worker::{self, Herald, Tone, WorkerConfig};
use std::sync::Arc;
use tracing_subscriber::filter::LevelFilter;

/// The smallest bounds that make sense.
pub(super) const MIN_QUEUE_BYTES: usize = 64 << 10;
const MIN_REQUEST_BYTES: usize = 1 << 10;

/// A layer that records, and what goes with it.
pub(crate) struct Built {
    pub(crate) layer: Layer,
    pub(crate) guard: Guard,
    /// Has things to say, where there is no worker that could.
    pub(crate) herald: Option<Herald>,
}

/// All that was decided, and nothing done yet.
pub(super) struct Resolved {
    pub(super) disabled: bool,
    pub(super) propagators: Option<Propagators>,
    pub(super) resource: Resource,
    pub(super) config: Config,
    pub(super) exporters: Vec<Arc<dyn Exporter>>,
    /// Where spans are posted, if they are.
    pub(super) otlp: Option<HttpConfig>,
    pub(super) batching: Batching,
    pub(super) request_bytes: usize,
    #[cfg_attr(not(test), expect(dead_code))]
    pub(super) logs: LogSettings,
}

/// Builds a layer and its guard.
pub(crate) fn build(builder: Builder, mut env: Env) -> Result<Built, Error> {
    let resolved = resolve(builder, &mut env)?;
    start(resolved, env)
}

pub(super) fn resolve(mut builder: Builder, env: &mut Env) -> Result<Resolved, Error> {
    let propagators = propagators(env);
    let disabled = env.truth(&["OTEL_SDK_DISABLED"]);
    unbuilt::warn(env);
    let batching = batching(&builder, env, Signal::Traces);
    let request_bytes = builder.request_bytes.unwrap_or(defaults::REQUEST_BYTES).max(MIN_REQUEST_BYTES);
    let queue_bytes = builder.queue_bytes.unwrap_or(defaults::QUEUE_BYTES).max(MIN_QUEUE_BYTES);
    let config = Config {
        settings: Settings { automatic: builder.automatic, filter: filter(&builder, env, disabled)? },
        limits: builder.limits.unwrap_or_else(|| limits(env)),
        sampler: sampler(&mut builder, env)?,
        ids: builder.ids.take(),
        clock: builder.clock.take(),
        random_flag: !builder.no_random_flag,
        queue_bytes,
        // A small bound must not fill up while the worker sleeps.
        wake_bytes: (request_bytes / 2).min(queue_bytes / 4),
        wake_always: batching.delay.is_some_and(|delay| delay.is_zero()),
        log_level: log_level(env).unwrap_or(LevelFilter::TRACE),
    };
    let logs = log_settings(&builder, env);
    Ok(Resolved {
        disabled,
        propagators,
        resource: resolve_resource(&mut builder, env),
        config,
        otlp: if disabled { None } else { otlp(&builder, env, &batching)? },
        exporters: builder.exporters,
        batching,
        request_bytes,
        logs,
    })
}

/// Makes what was decided.
fn start(resolved: Resolved, env: Env) -> Result<Built, Error> {
    let Resolved { disabled, propagators, resource, config, mut exporters, otlp, batching, .. } = resolved;
    if let Some(http) = otlp {
        exporters.push(Arc::new(OtlpExporter::new(http, &resource)?));
    }
    // The process's propagators are those of the first layer that was built.
    propagators.map(Propagators::install);
    let recorder = Recorder::new(config);
    let layer = Layer::new(Arc::clone(&recorder));
    if disabled {
        let herald = Herald::new(Arc::clone(&recorder));
        env.warnings.into_iter().for_each(|warning| herald.say(Tone::Warn, warning));
        herald.say(Tone::Info, "nothing is recorded: OTEL_SDK_DISABLED is true".to_owned());
        env.taken.into_iter().for_each(|taken| herald.say(Tone::Debug, taken));
        return Ok(Built { layer, guard: Guard::new(recorder, None), herald: Some(herald) });
    }
    let delay = batching.delay.unwrap_or(defaults::SCHEDULE_DELAY).min(defaults::LONGEST_DELAY);
    let worker = worker::start(WorkerConfig {
        recorder: Arc::clone(&recorder),
        exporters,
        delay: if delay.is_zero() { defaults::SCHEDULE_DELAY } else { delay },
        request_bytes: resolved.request_bytes,
        request_spans: batching.request.unwrap_or(usize::MAX),
        retry_for: batching.patience.unwrap_or(defaults::RETRY_FOR),
        warnings: env.warnings,
        settings: env.taken,
    })?;
    Ok(Built { layer, guard: Guard::new(recorder, Some(worker)), herald: None })
}

fn propagators(env: &mut Env) -> Option<Propagators> {
    const NAME: &str = "OTEL_PROPAGATORS";
    let names = env.text(NAME)?;
    let (propagators, messages) = Propagators::from_names(&names);
    let headers = match propagators.fields() {
        [] => "none".to_owned(),
        fields => fields.join(", "),
    };
    for message in messages {
        env.tell(format!("{NAME}={names:?}: {message}; the headers in use: {headers}"));
    }
    Some(propagators)
}

fn resolve_resource(builder: &mut Builder, env: &mut Env) -> Resource {
    let given = env.pairs("OTEL_RESOURCE_ATTRIBUTES").into_iter();
    let mut attributes: Vec<_> = given.map(|(key, value)| KeyValue::new(key, value)).collect();
    attributes.extend(env.text("OTEL_SERVICE_NAME").map(|name| KeyValue::new("service.name", name)));
    attributes.append(&mut builder.resource);
    resource(attributes, &builder.detectors)
}

/// OTLP/HTTP for spans where the program has no exporter of its own, or where an endpoint was asked for in code.
fn otlp(builder: &Builder, env: &mut Env, batching: &Batching) -> Result<Option<HttpConfig>, Error> {
    let asked = builder.endpoint.is_some() || builder.traces_endpoint.is_some();
    let wanted = |env: &mut Env| chosen(env, Signal::Traces).is_none_or(|chosen| chosen.otlp);
    match asked || (builder.exporters.is_empty() && wanted(env)) {
        true => http(builder, env, Signal::Traces, batching.attempt).map(Some),
        false => Ok(None),
    }
}
