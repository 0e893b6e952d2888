//! A layer without a worker: what it records stays in its recorder until somebody collects it. For `testing/`.

use super::builder::Builder;
use super::defaults;
use super::resolve::{self, MIN_QUEUE_BYTES};
use crate::env::Env;
use crate::error::Error;
use crate::layer::Layer;
use crate::record::{Config, Recorder, Settings};

/// Builds a layer from code and defaults only. No variable is read, no thread started, nothing of the process changed;
/// exporters and resource do not matter.
pub(crate) fn unattended(mut builder: Builder) -> Result<Layer, Error> {
    let mut nothing = Env::new(|_| None);
    let config = Config {
        settings: Settings {
            automatic: builder.automatic,
            filter: resolve::filter(&builder, &mut nothing, false)?,
        },
        limits: builder.limits.unwrap_or_default(),
        sampler: resolve::sampler(&mut builder, &mut nothing)?,
        ids: builder.ids.take(),
        clock: builder.clock.take(),
        random_flag: !builder.no_random_flag,
        queue_bytes: builder.queue_bytes.unwrap_or(defaults::QUEUE_BYTES).max(MIN_QUEUE_BYTES),
        // There is nobody to wake.
        wake_bytes: usize::MAX,
        wake_always: false,
    };
    Ok(Layer::new(Recorder::new(config)))
}
