//! The plans of all callsites, and which settings each was made for.

use super::automatic::Automatic;
use super::local::Local;
use super::plan::Plan;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, RwLock};
use tracing_core::Metadata;
use tracing_subscriber::filter::Targets;

/// What a plan depends on besides its callsite. Recorders with equal settings share plans.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) automatic: Automatic,
    /// The spans' own filter (DESIGN D10).
    pub(crate) filter: Targets,
}

/// Number of a [`Settings`].
pub(crate) type SettingsId = u32;

static SETTINGS: Mutex<Vec<Settings>> = Mutex::new(Vec::new());
static PLANS: RwLock<Option<HashMap<(usize, SettingsId), &'static Plan>>> = RwLock::new(None);

/// The number of these settings.
pub(crate) fn register(settings: &Settings) -> SettingsId {
    let mut known = SETTINGS.lock().unwrap_or_else(PoisonError::into_inner);
    let at = known.iter().position(|other| other == settings).unwrap_or_else(|| {
        known.push(settings.clone());
        known.len() - 1
    });
    at as SettingsId
}

/// The plan of a callsite.
#[inline]
pub(crate) fn plan_of(
    local: &Local,
    metadata: &'static Metadata<'static>,
    id: SettingsId,
    settings: &Settings,
) -> &'static Plan {
    local.plan(address(metadata), id).unwrap_or_else(|| look_up(local, metadata, id, settings))
}

#[cold]
fn look_up(
    local: &Local,
    metadata: &'static Metadata<'static>,
    id: SettingsId,
    settings: &Settings,
) -> &'static Plan {
    let key = (address(metadata), id);
    let known = PLANS
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .as_ref()
        .and_then(|plans| plans.get(&key).copied());
    let plan = known.unwrap_or_else(|| {
        let mut plans = PLANS.write().unwrap_or_else(PoisonError::into_inner);
        plans.get_or_insert_default().entry(key).or_insert_with(|| {
            let enabled = settings.filter.would_enable(metadata.target(), metadata.level());
            // Leaked: as many as there are callsites, which are static themselves, for each setting in use.
            Box::leak(Box::new(Plan::new(metadata, &settings.automatic, enabled)))
        })
    });
    local.keep_plan(key.0, id, plan);
    plan
}

fn address(metadata: &'static Metadata<'static>) -> usize {
    std::ptr::from_ref(metadata).addr()
}
