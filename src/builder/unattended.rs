//! A layer without a worker: what it records stays in its recorder until somebody collects it. For `testing/`.

use super::builder::Builder;
use super::defaults;
use super::filter::filter;
use super::resolve::MIN_QUEUE_BYTES;
use super::sampling::sampler;
use crate::env::Env;
use crate::error::Error;
use crate::layer::Layer;
use crate::log::Identity;
use crate::record::{Config, Recorder, Settings};
use tracing_subscriber::filter::LevelFilter;

/// Builds a layer from code and defaults only. No variable is read, no thread started, nothing of the process changed;
/// exporters and resource do not matter.
pub(crate) fn unattended(mut builder: Builder) -> Result<Layer, Error> {
    let mut nothing = Env::new(|_| None);
    let config = Config {
        settings: Settings {
            automatic: builder.automatic,
            filter: filter(&builder, &mut nothing)?,
            logs: false,
            flight_recorder: None,
            redactor: builder.redactor.take(),
            counted_for: 0,
        },
        limits: builder.limits.unwrap_or_default(),
        events: builder.events.unwrap_or_default().without_logs(),
        logs_per_second: 0,
        exception_attributes: !builder.no_exception_attributes,
        status_from_events: !builder.no_status_from_events,
        exception_events: true,
        identity: Identity::default(),
        sampler: sampler(&mut builder, &mut nothing)?,
        ids: builder.ids.take(),
        clock: builder.clock.take(),
        random_flag: !builder.no_random_flag,
        // Told by a hook that another layer has installed.
        panics: builder.panics,
        // There is nobody to tell.
        check_usage: false,
        busy_idle: builder.busy_idle,
        passes_on: false,
        baggage_attributes: builder.baggage_attributes,
        queue_bytes: builder.queue_bytes.unwrap_or(defaults::QUEUE_BYTES).max(MIN_QUEUE_BYTES),
        // There is nobody to wake.
        wake_bytes: usize::MAX,
        wake_always: [false; 2],
        queue_records: [None; 2],
        log_level: LevelFilter::OFF,
    };
    Ok(Layer::new(Recorder::new(config)))
}
