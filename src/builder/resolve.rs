//! Code over environment over default, then started.

use super::batching::{Batching, batching};
use super::builder::Builder;
use super::carrying::propagators;
use super::exports::exports;
use super::filter::filter;
use super::limits::limits;
use super::posting::Posting;
use super::sampling::sampler;
use super::spooling::spool;
use super::unbuilt::{self, exception_events};
use super::{defaults, log_level};
use crate::doctor::Doctor;
use crate::env::Env;
use crate::error::Error;
use crate::export::{ConsoleExporter, Envelope, Exporter, HttpConfig, Signal};
use crate::guard::Guard;
use crate::layer::Layer;
use crate::log::Identity;
use crate::propagation::Propagators;
use crate::record::{Config, Recorder, Settings, panic};
use crate::resource::resource;
use crate::spool::{Pool, PoolConfig};
use crate::wire::{KeyValue, Resource, Scope};
use crate::worker::{self, Herald, Tone, WorkerConfig};
use std::sync::Arc;
use std::time::Duration;
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

/// All that was decided, and nothing done yet. Arrays are by signal.
pub(super) struct Resolved {
    pub(super) disabled: bool,
    pub(super) propagators: Option<Propagators>,
    pub(super) resource: Resource,
    /// Of spans.
    pub(super) scope: Scope,
    pub(super) config: Config,
    /// The program's own.
    pub(super) exporters: Vec<Arc<dyn Exporter>>,
    /// Where a signal is posted, if it is.
    pub(super) otlp: [Option<HttpConfig>; 2],
    /// Whether a signal is printed.
    pub(super) console: [bool; 2],
    pub(super) batching: [Batching; 2],
    pub(super) request_bytes: usize,
    pub(super) requests_in_flight: usize,
    pub(super) spool: Option<PoolConfig>,
    pub(super) startup_check: bool,
}

/// Builds a layer and its guard.
pub(crate) fn build(builder: Builder, mut env: Env) -> Result<Built, Error> {
    let resolved = resolve(builder, &mut env)?;
    start(resolved, env)
}

pub(super) fn resolve(mut builder: Builder, env: &mut Env) -> Result<Resolved, Error> {
    let propagators = propagators(&mut builder, env)?;
    let disabled = env.truth(&["OTEL_SDK_DISABLED"]);
    unbuilt::warn(env);
    let resource = resolve_resource(&mut builder, env);
    let scope = scope(&mut builder);
    let batching = Signal::ALL.map(|signal| batching(&builder, env, signal));
    let exports = exports(&builder, env, &batching, disabled)?;
    let request_bytes = builder.request_bytes.unwrap_or(defaults::REQUEST_BYTES).max(MIN_REQUEST_BYTES);
    let queue_bytes = builder.queue_bytes.unwrap_or(defaults::QUEUE_BYTES).max(MIN_QUEUE_BYTES);
    let spool = spool(&mut builder, env, queue_bytes).filter(|_| !disabled);
    let config = Config {
        settings: Settings {
            automatic: builder.automatic,
            filter: filter(&builder, env)?,
            logs: exports.events.in_logs(),
            redactor: builder.redactor.take(),
            counted_for: 0,
        },
        limits: builder.limits.unwrap_or_else(|| limits(env)),
        events: exports.events,
        logs_per_second: builder.logs_per_second.unwrap_or(defaults::LOGS_PER_SECOND),
        exception_attributes: !builder.no_exception_attributes,
        status_from_events: !builder.no_status_from_events,
        exception_events: exception_events(env),
        identity: Identity::of(&resource),
        sampler: sampler(&mut builder, env)?,
        ids: builder.ids.take(),
        clock: builder.clock.take(),
        random_flag: !builder.no_random_flag,
        panics: builder.panics,
        check_usage: builder.check_usage.unwrap_or(cfg!(debug_assertions)),
        busy_idle: builder.busy_idle,
        passes_on: disabled,
        baggage_attributes: std::mem::take(&mut builder.baggage_attributes),
        queue_bytes,
        // A small bound must not fill up while the worker sleeps.
        wake_bytes: (request_bytes / 2).min(queue_bytes / 4),
        queue_records: batching.each_ref().map(|it| it.queue),
        wake_always: batching.each_ref().map(|it| it.delay == Some(Duration::ZERO)),
        log_level: log_level(env).unwrap_or(LevelFilter::TRACE),
    };
    let requests_in_flight = builder.requests_in_flight.unwrap_or(defaults::REQUESTS_IN_FLIGHT);
    let exporters = builder.exporters;
    Ok(Resolved {
        disabled,
        propagators,
        resource,
        scope,
        config,
        exporters,
        otlp: exports.otlp,
        console: exports.console,
        batching,
        request_bytes,
        requests_in_flight,
        spool,
        startup_check: !builder.transport.no_startup_check,
    })
}

/// Makes what was decided.
fn start(resolved: Resolved, mut env: Env) -> Result<Built, Error> {
    let Resolved { disabled, propagators, resource, config, mut exporters, otlp, batching, .. } = resolved;
    let mut posting = Posting::new(otlp, &resource, &resolved.scope)?;
    exporters.append(&mut posting.exporters);
    for signal in Signal::ALL.into_iter().filter(|signal| resolved.console[*signal as usize]) {
        exporters.push(Arc::new(ConsoleExporter::new(signal)));
    }
    // The process's propagators are those of the first layer that was built.
    propagators.map(Propagators::install);
    if config.panics && !disabled {
        panic::install();
    }
    let max_age = resolved.spool.as_ref().map_or(defaults::SPOOL_AGE, PoolConfig::max_age);
    let spool = resolved.spool.map(|config| open_spool(config, &resource, &resolved.scope, &mut env));
    let recorder = Recorder::new(config, spool);
    let layer = Layer::new(Arc::clone(&recorder));
    if disabled {
        let herald = herald(&recorder, env);
        let guard = Guard::new(recorder, None).with_doctor(Doctor::disabled());
        return Ok(Built { layer, guard, herald: Some(herald) });
    }
    let herald = Arc::new(Herald::new(Arc::clone(&recorder)));
    posting.speak_through(&herald);
    let doctor = posting.doctor;
    let at_start = resolved.startup_check.then(|| doctor.clone().at_startup(Arc::clone(&herald)));
    let worker = worker::start(WorkerConfig {
        recorder: Arc::clone(&recorder),
        herald,
        at_start: at_start.map(|check| Box::pin(check) as _),
        exporters,
        delays: Signal::ALL.map(|signal| {
            let default = defaults::delay(signal);
            // Where it is zero, closes wake the worker.
            let delay = batching[signal as usize].delay.filter(|delay| !delay.is_zero());
            delay.unwrap_or(default).min(defaults::LONGEST_DELAY)
        }),
        request_bytes: resolved.request_bytes,
        request_records: batching.each_ref().map(|it| it.request.unwrap_or(usize::MAX)),
        retry_for: batching.each_ref().map(|it| it.patience.unwrap_or(defaults::RETRY_FOR)),
        max_age,
        requests_in_flight: resolved.requests_in_flight,
        warnings: env.warnings,
        settings: env.taken,
    })?;
    let guard = Guard::new(recorder, Some(worker)).with_doctor(doctor);
    Ok(Built { layer, guard, herald: None })
}

/// Makes the spool. What is in the way is told, and may go away: spans stay in memory meanwhile.
fn open_spool(config: PoolConfig, resource: &Resource, scope: &Scope, env: &mut Env) -> Arc<Pool> {
    let folder = config.folder().to_owned();
    let (pool, made) = Pool::new(config, &Envelope::new(resource, scope));
    if let Err(error) = made {
        env.tell(format!("the spool in {} cannot be used: {error}; spans stay in memory", folder.display()));
    }
    pool
}

/// What the worker would say, if there were one.
fn herald(recorder: &Arc<Recorder>, env: Env) -> Herald {
    let herald = Herald::new(Arc::clone(recorder));
    env.warnings.into_iter().for_each(|warning| herald.say(Tone::Warn, warning));
    herald.say(Tone::Info, "nothing is recorded: OTEL_SDK_DISABLED is true".to_owned());
    env.taken.into_iter().for_each(|taken| herald.say(Tone::Debug, taken));
    herald
}

fn scope(builder: &mut Builder) -> Scope {
    let ours = || ("throughline".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    let (name, version) = builder.scope.take().unwrap_or_else(ours);
    Scope { name, version, ..Scope::default() }
}

fn resolve_resource(builder: &mut Builder, env: &mut Env) -> Resource {
    let given = env.pairs("OTEL_RESOURCE_ATTRIBUTES").into_iter();
    let mut attributes: Vec<_> = given.map(|(key, value)| KeyValue::new(key, value)).collect();
    attributes.extend(env.text("OTEL_SERVICE_NAME").map(|name| KeyValue::new("service.name", name)));
    attributes.append(&mut builder.resource);
    resource(attributes, &builder.detectors)
}
