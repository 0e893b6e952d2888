//! `Crowd`: a service that makes many traces, with ids from a fixed seed, and counts those that are sampled.

use crate::support::{Counted, Hand, bare};
use std::sync::atomic::{AtomicU64, Ordering};
use throughline::{Builder, Guard, IdGenerator, Sampler, SpanId, TraceId};
use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing_subscriber::{prelude::*, registry};

pub(crate) const SECOND: u64 = 1_000_000_000;
/// The bound of a deviation from the mean, in standard deviations: by chance a count is outside once in half a million.
const BOUND: f64 = 4.9;

/// Ids of a sequence that looks random (splitmix64), the same in every run.
pub(crate) struct Seeded(AtomicU64);

pub(crate) struct Crowd {
    pub(crate) dispatch: Dispatch,
    pub(crate) guard: Guard,
    pub(crate) clock: Hand,
}

/// A million traces where there is time, else enough to see a mistake.
pub(crate) fn traces() -> u64 {
    if std::env::var_os("THROUGHLINE_SOAK").is_some() { 1_000_000 } else { 20_000 }
}

/// Asserts that so many of `n` are what a share of them comes to.
#[track_caller]
pub(crate) fn assert_share(counted: u64, n: u64, share: f64, what: &str) {
    let (mean, deviation) = (n as f64 * share, (n as f64 * share * (1.0 - share)).sqrt());
    let off = (counted as f64 - mean).abs();
    assert!(off <= BOUND * deviation, "{what}: {counted} of {n} are not {share} of them: {off} off");
}

// === impl Seeded ===

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Seeded(AtomicU64::new(seed))
    }

    pub(crate) fn next(&self) -> u64 {
        let step = 0x9e37_79b9_7f4a_7c15_u64;
        let mut z = self.0.fetch_add(step, Ordering::Relaxed).wrapping_add(step);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl IdGenerator for Seeded {
    fn trace_id(&self) -> TraceId {
        TraceId::from_u128(u128::from(self.next()) << 64 | u128::from(self.next()))
    }

    fn span_id(&self) -> SpanId {
        SpanId::from_u64(self.next())
    }

    fn random_trace_ids(&self) -> bool {
        true
    }
}

// === impl Crowd ===

impl Crowd {
    /// With a clock that stands.
    pub(crate) fn new(sampler: impl Into<Sampler>) -> Crowd {
        let clock = Hand::at(1_700_000_000 * SECOND);
        let builder = bare().sampler(sampler).id_generator(Seeded::new(7)).clock(clock.clone());
        Crowd { clock, ..Crowd::of(builder) }
    }

    pub(crate) fn of(builder: Builder) -> Crowd {
        let (layer, guard) = builder.exporter(Counted::default()).build().expect("valid settings");
        Crowd { dispatch: Dispatch::new(registry().with(layer)), guard, clock: Hand::default() }
    }

    /// How many of the traces that `make` makes are sampled. Each is one span.
    pub(crate) fn sampled(&self, n: u64, make: impl Fn(u64)) -> u64 {
        let before = self.guard.stats();
        with_default(&self.dispatch, || (0..n).for_each(make));
        let after = self.guard.stats();
        assert_eq!((after.started - before.started, after.open), (n, 0), "a trace is one span");
        n - (after.unsampled - before.unsampled)
    }

    /// Nothing else happened to them.
    pub(crate) fn end(self) {
        self.guard.shutdown(std::time::Duration::from_secs(30)).expect("everything is taken");
        let stats = self.guard.stats();
        assert!(stats.is_balanced() && stats.open == 0, "{stats}");
        assert_eq!(stats.started, stats.unsampled + stats.finished, "{stats}");
    }
}
