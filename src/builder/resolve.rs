//! Code over environment over default, then started.

use super::batching::{Batching, batching};
use super::builder::Builder;
use super::carrying::propagators;
use super::exports::exports;
use super::filter::filter;
use super::limits::limits;
use super::outlets::Outlets;
use super::posting::Posting;
use super::sampling::sampler;
use super::spooling::spool;
use super::tailing::{flight_recorder, tail};
use super::unbuilt::{self, exception_events};
use super::{defaults, log_level};
use crate::doctor::Doctor;
use crate::env::Env;
use crate::error::Error;
use crate::export::{Signal, takers};
use crate::guard::Guard;
use crate::layer::Layer;
use crate::log::Identity;
use crate::propagation::Propagators;
use crate::record::{Config, Recorder, Settings, panic};
use crate::resource::{Origin, resource};
use crate::spool::{Pool, PoolConfig, TakerId};
use crate::tail::Tail;
use crate::wire::{KeyValue, Resource, Scope};
use crate::worker::{self, Herald, Tone, Waits, WorkerConfig};
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
    pub(super) config: Config,
    pub(super) outlets: Outlets,
    pub(super) batching: [Batching; 2],
    pub(super) waits: Waits,
    pub(super) request_bytes: usize,
    pub(super) requests_in_flight: usize,
    pub(super) spool: Option<PoolConfig>,
    pub(super) startup_check: bool,
    pub(super) tail: Option<Tail>,
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
    let (resource, given) = resolve_resource(&mut builder, env);
    let scope = scope(&mut builder);
    let batching = Signal::ALL.map(|signal| batching(&builder, env, signal));
    let exports = exports(&builder, env, &batching, disabled)?;
    let request_bytes = builder.request_bytes.unwrap_or(defaults::REQUEST_BYTES).max(MIN_REQUEST_BYTES);
    let queue_bytes = builder.queue_bytes.unwrap_or(defaults::QUEUE_BYTES).max(MIN_QUEUE_BYTES);
    let tail = tail(&mut builder, queue_bytes)?;
    let spool = spool(&mut builder, env, queue_bytes).filter(|_| !disabled);
    let spool = spool.map(|spool| spool.with_tail(tail.is_some()));
    let config = Config {
        settings: Settings {
            automatic: builder.automatic,
            filter: filter(&builder, env)?,
            logs: exports.events.in_logs(),
            flight_recorder: flight_recorder(tail.as_ref(), exports.flight_recorder)?,
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
    let outlets = Outlets {
        own: builder.exporters,
        otlp: exports.otlp,
        console: exports.console,
        origin: Arc::new(Origin::new(resource, given)),
        scope,
    };
    Ok(Resolved {
        disabled,
        propagators,
        config,
        outlets,
        batching,
        waits: waits(builder.retry_waits),
        request_bytes,
        requests_in_flight: builder.requests_in_flight.unwrap_or(defaults::REQUESTS_IN_FLIGHT),
        spool,
        startup_check: !builder.transport.no_startup_check,
        tail,
    })
}

/// Makes what was decided.
fn start(resolved: Resolved, mut env: Env) -> Result<Built, Error> {
    let Resolved { disabled, propagators, config, batching, outlets, spool, .. } = resolved;
    // Before anything of the process is changed: an endpoint that cannot be used is an error.
    let posting = outlets.posting(outlets.origin.resolved())?;
    // The process's propagators are those of the first layer that was built.
    propagators.map(Propagators::install);
    if config.panics && !disabled {
        panic::install();
    }
    let recorder = Recorder::new(config);
    let layer = Layer::new(Arc::clone(&recorder));
    if disabled {
        let herald = herald(&recorder, env);
        let guard = Guard::new(recorder, Doctor::disabled(), outlets.origin);
        return Ok(Built { layer, guard, herald: Some(herald) });
    }
    let doctor = posting.doctor.clone();
    let (request_bytes, requests_in_flight) = (resolved.request_bytes, resolved.requests_in_flight);
    let (waits, tail) = (resolved.waits, resolved.tail);
    let max_age = spool.as_ref().map_or(defaults::SPOOL_AGE, PoolConfig::max_age);
    let config = move |recorder: &Arc<Recorder>, posting: Posting, check: bool, env: Env| {
        let herald = Arc::new(Herald::new(Arc::clone(recorder)));
        posting.speak_through(&herald);
        let at_start = check.then(|| Box::pin(posting.doctor.at_startup(Arc::clone(&herald))) as _);
        WorkerConfig {
            recorder: Arc::clone(recorder),
            herald,
            at_start,
            exporters: posting.exporters,
            delays: Signal::ALL.map(|signal| {
                let default = defaults::delay(signal);
                // Where it is zero, closes wake the worker.
                let delay = batching[signal as usize].delay.filter(|delay| !delay.is_zero());
                delay.unwrap_or(default).min(defaults::LONGEST_DELAY)
            }),
            request_bytes,
            request_records: batching.each_ref().map(|it| it.request.unwrap_or(usize::MAX)),
            retry_for: batching.each_ref().map(|it| it.patience.unwrap_or(defaults::RETRY_FOR)),
            waits,
            tail: tail.clone(),
            max_age,
            requests_in_flight,
            warnings: env.warnings,
            settings: env.taken,
        }
    };
    open_spool(&recorder, spool.as_ref(), &outlets, &posting, &mut env)?;
    let guard = Guard::new(Arc::clone(&recorder), doctor, Arc::clone(&outlets.origin));
    let worker = worker::start(config(&recorder, posting, resolved.startup_check, env))?;
    let again = move |recorder: &Arc<Recorder>| {
        // All there was to say has been said, and checked.
        let mut env = Env::new(|_| None);
        let posting = outlets.posting(outlets.origin.here(recorder))?;
        open_spool(recorder, spool.as_ref(), &outlets, &posting, &mut env)?;
        worker::start(config(recorder, posting, false, env))
    };
    recorder.employ(worker, Arc::new(again));
    Ok(Built { layer, guard, herald: None })
}

/// Makes the spool of a process. What is in the way is told, and may go away: spans stay in memory meanwhile.
fn open_spool(
    recorder: &Recorder,
    config: Option<&PoolConfig>,
    outlets: &Outlets,
    posting: &Posting,
    env: &mut Env,
) -> Result<(), Error> {
    let Some(config) = config else { return Ok(()) };
    let folder = config.folder().to_owned();
    let takers = takers(&posting.exporters).ok_or_else(Error::exporter_panicked)?;
    let takers = TakerId::of_all(takers.iter().map(|it| (it.signal, it.name.as_str())));
    let (pool, made) =
        Pool::new(config.clone().with_takers(takers), &outlets.envelope(outlets.origin.here(recorder)));
    if let Err(error) = made {
        env.tell(format!("the spool in {} cannot be used, or not as it should: {error}; what has no place there stays in memory", folder.display()));
    }
    recorder.spares.lie_in(pool);
    Ok(())
}

/// Between attempts; the longest is no shorter than the first.
fn waits(given: Option<(Duration, Duration)>) -> Waits {
    let (first, longest) = given.unwrap_or((defaults::RETRY_FIRST, defaults::RETRY_LONGEST));
    let first = first.clamp(defaults::SHORTEST_WAIT, defaults::LONGEST_WAIT);
    Waits { first, longest: longest.clamp(first, defaults::LONGEST_WAIT) }
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

/// With the keys that were given.
fn resolve_resource(builder: &mut Builder, env: &mut Env) -> (Resource, Vec<String>) {
    let given = env.pairs("OTEL_RESOURCE_ATTRIBUTES").into_iter();
    let mut attributes: Vec<_> = given.map(|(key, value)| KeyValue::new(key, value)).collect();
    attributes.extend(env.text("OTEL_SERVICE_NAME").map(|name| KeyValue::new("service.name", name)));
    attributes.append(&mut builder.resource);
    let given = attributes.iter().map(|it| it.key.clone()).collect();
    (resource(attributes, &builder.detectors), given)
}
