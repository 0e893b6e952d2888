//! `Program`: one of the corpus, and the subscriber that it runs under.

use std::cell::RefCell;
use std::time::Duration;

use tracing::{Dispatch, Metadata};
use tracing_subscriber::filter::{FilterExt, LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::{EnvFilter, Registry, reload};

use crate::corpus::random;
use crate::hand::Hand;

/// A program that makes spans.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) setup: Setup,
    body: Body,
    /// It waits for itself for ever under one of the two: it is not waited for as long as others are.
    pub(crate) hangs: bool,
}

/// What a program does.
#[derive(Clone, Copy)]
enum Body {
    Written(fn(&dyn Hand)),
    /// A random walk with this seed.
    Random(u64),
}

/// How the layer is put into the subscriber.
#[derive(Clone, Copy)]
pub(crate) enum Setup {
    /// Alone, and it records everything.
    Plain,
    /// Alone, with the default of what it records.
    Defaults,
    /// Under a filter of its own.
    LayerTargets(&'static str),
    LayerEnv(&'static str),
    LayerFn(fn(&Metadata<'_>) -> bool),
    /// Under a level that the program changes by [`reload`].
    LayerReload,
    /// Under two filters of its own, both of which must let a callsite through.
    LayerBoth(LevelFilter, &'static str),
    /// Under a filter of the whole subscriber.
    GlobalTargets(&'static str),
    GlobalEnv(&'static str),
    /// In an `Option`, beside a layer that is filtered otherwise.
    Beside(LevelFilter),
}

/// A layer that does nothing, so that a per-layer filter beside ours takes part.
struct Idle;

impl Layer<Registry> for Idle {}

thread_local! {
    static RELOAD: RefCell<Option<reload::Handle<LevelFilter, Registry>>> = const { RefCell::new(None) };
}

/// Changes the level of the running program's layer.
pub(crate) fn reload(level: LevelFilter) {
    RELOAD.with(|kept| {
        let kept = kept.borrow();
        let handle = kept.as_ref().expect("the program is under `LayerReload`");
        handle.reload(level).expect("the subscriber lives");
    });
}

// === impl Program ===

impl Program {
    pub(crate) const fn new(name: &'static str, run: fn(&dyn Hand)) -> Self {
        Program { name, setup: Setup::Plain, body: Body::Written(run), hangs: false }
    }

    pub(crate) const fn random(name: &'static str, seed: u64) -> Self {
        let setup = if seed.is_multiple_of(2) { Setup::Plain } else { Setup::LayerFn(random::is_seen) };
        Program { name, setup, body: Body::Random(seed), hangs: false }
    }

    pub(crate) fn run(&self, hand: &dyn Hand) {
        match self.body {
            Body::Written(run) => run(hand),
            Body::Random(seed) => random::walk(hand, seed),
        }
    }

    pub(crate) const fn under(self, setup: Setup) -> Self {
        Program { setup, ..self }
    }

    pub(crate) const fn that_hangs(self) -> Self {
        Program { hangs: true, ..self }
    }

    /// How long a run may take. Most take a millisecond.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(if self.hangs { 2 } else { 60 })
    }
}

// === impl Setup ===

impl Setup {
    /// The subscriber with this layer.
    pub(crate) fn dispatch<L>(self, layer: L) -> Dispatch
    where
        L: Layer<Registry> + Send + Sync + 'static,
    {
        let registry = tracing_subscriber::registry();
        let targets = |directives: &str| directives.parse::<Targets>().expect("the corpus has good filters");
        match self {
            Setup::Plain | Setup::Defaults => Dispatch::new(registry.with(layer)),
            Setup::LayerTargets(directives) => {
                Dispatch::new(registry.with(layer.with_filter(targets(directives))))
            }
            Setup::LayerEnv(directives) => {
                Dispatch::new(registry.with(layer.with_filter(EnvFilter::new(directives))))
            }
            Setup::LayerFn(lets_through) => {
                Dispatch::new(registry.with(layer.with_filter(filter_fn(lets_through))))
            }
            Setup::LayerReload => {
                let (level, handle) = reload::Layer::new(LevelFilter::INFO);
                RELOAD.with(|kept| *kept.borrow_mut() = Some(handle));
                Dispatch::new(registry.with(layer.with_filter(level)))
            }
            Setup::LayerBoth(level, directives) => {
                Dispatch::new(registry.with(layer.with_filter(level.and(targets(directives)))))
            }
            Setup::GlobalTargets(directives) => Dispatch::new(registry.with(layer).with(targets(directives))),
            Setup::GlobalEnv(directives) => {
                Dispatch::new(registry.with(layer).with(EnvFilter::new(directives)))
            }
            Setup::Beside(level) => {
                let both: Vec<Box<dyn Layer<Registry> + Send + Sync>> =
                    vec![layer.boxed(), Idle.with_filter(level).boxed()];
                Dispatch::new(registry.with(both))
            }
        }
    }
}
