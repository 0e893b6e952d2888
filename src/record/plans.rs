//! The plans of all callsites, and which settings each was made for.

use super::automatic::Automatic;
use super::local::Local;
use super::plan::Plan;
use super::redaction::{Redaction, Redactor};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};
use tracing_core::{Level, Metadata};
use tracing_subscriber::filter::Targets;

/// What a plan depends on besides its callsite. Recorders with equal settings share plans.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) automatic: Automatic,
    /// The spans' own filter (DESIGN D10).
    pub(crate) filter: Targets,
    /// Whether events become log records.
    pub(crate) logs: bool,
    /// Events at DEBUG and TRACE that become log records whatever else is said of them, for traces that turn out bad.
    pub(crate) flight_recorder: Option<Targets>,
    pub(crate) redactor: Option<Redactor>,
    /// The recorder whose log records the plans count; 0: they count none, and may be shared.
    pub(crate) counted_for: u32,
}

/// Number of a [`Settings`].
pub(crate) type SettingsId = u32;

static SETTINGS: Mutex<Vec<Settings>> = Mutex::new(Vec::new());
static PLANS: RwLock<Option<Plans>> = RwLock::new(None);

type Plans = HashMap<(usize, SettingsId), &'static Plan>;

/// The locks on settings and plans, held.
pub(super) type Held = (MutexGuard<'static, Vec<Settings>>, RwLockWriteGuard<'static, Option<Plans>>);

/// Keeps all others from settings and plans, during a fork.
pub(super) fn hold() -> Held {
    let settings = SETTINGS.lock().unwrap_or_else(PoisonError::into_inner);
    (settings, PLANS.write().unwrap_or_else(PoisonError::into_inner))
}

// === impl Settings ===

impl Settings {
    /// Whether an event is one for the flight recorder.
    pub(crate) fn is_verbose(&self, target: &str, level: &Level) -> bool {
        let recorder = self.flight_recorder.as_ref().filter(|_| *level > Level::INFO);
        recorder.is_some_and(|recorder| recorder.would_enable(target, level))
    }

    /// What becomes of the values of a key.
    pub(crate) fn redaction_of(&self, target: &str, key: &str) -> Redaction {
        self.redactor.as_ref().map_or(Redaction::Keep, |redactor| redactor.decide(target, key))
    }
}

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
        // The program is asked what to redact. What it logs meanwhile is not recorded: it would be asked again.
        let plan = local.muted(|| Plan::new(metadata, settings));
        let mut plans = PLANS.write().unwrap_or_else(PoisonError::into_inner);
        // Leaked: as many as there are callsites, which are static themselves, for each setting in use.
        plans.get_or_insert_default().entry(key).or_insert_with(|| Box::leak(Box::new(plan)))
    });
    local.keep_plan(key.0, id, plan);
    plan
}

fn address(metadata: &'static Metadata<'static>) -> usize {
    std::ptr::from_ref(metadata).addr()
}
