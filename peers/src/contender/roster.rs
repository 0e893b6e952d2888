//! Everyone who takes part.

use super::{Export, Running, fastrace, null, opentelemetry, registry, throughline};

/// The name of the rival on `tracing` that ratios are taken to. In `cost` its spans are dropped where they end.
pub const OPENTELEMETRY: &str = "opentelemetry";
/// The same with its batch processor, which hands them to a thread of its own, as every other contender does.
pub const OPENTELEMETRY_BATCH: &str = "opentelemetry-batch";
/// The name of the rival with an API of its own that ratios are taken to.
pub const FASTRACE: &str = "fastrace";

/// A contender that can be started.
pub struct Contender {
    /// On the command line.
    pub name: &'static str,
    /// In the tables.
    pub title: &'static str,
    /// Whether it takes part in `e2e`. The registry does, as the cost of the work and its pacing alone.
    pub end_to_end: bool,
    /// Starts it; once a process.
    pub start: fn(Export<'_>) -> Running,
}

/// All of them, in the order of the tables.
pub const ROSTER: &[Contender] = &[
    Contender {
        name: "null",
        title: "a subscriber that does nothing",
        end_to_end: false,
        start: |_| null::start(),
    },
    Contender {
        name: "registry",
        title: "`Registry` + a layer that does nothing",
        end_to_end: true,
        start: |_| registry::start_alone(),
    },
    Contender {
        name: "extension",
        title: "`Registry` + a layer with one extension",
        end_to_end: false,
        start: |_| registry::start_with_extension(),
    },
    Contender { name: FASTRACE, title: "fastrace", end_to_end: true, start: fastrace::start },
    Contender {
        name: OPENTELEMETRY,
        title: "tracing-opentelemetry",
        end_to_end: true,
        start: opentelemetry::start,
    },
    Contender {
        name: OPENTELEMETRY_BATCH,
        title: "tracing-opentelemetry, batch processor",
        end_to_end: false,
        start: |_| opentelemetry::start_batch(),
    },
    Contender {
        name: "opentelemetry-lean",
        title: "tracing-opentelemetry, options off",
        end_to_end: false,
        start: opentelemetry::start_lean,
    },
    Contender { name: "throughline", title: "throughline", end_to_end: true, start: throughline::start },
    Contender {
        name: "throughline-spool",
        title: "throughline, spool on",
        end_to_end: true,
        start: throughline::start_with_spool,
    },
    Contender {
        name: "throughline-lean",
        title: "throughline, automatic attributes off",
        end_to_end: false,
        start: throughline::start_lean,
    },
    Contender {
        name: "throughline-unsampled",
        title: "throughline, unsampled",
        end_to_end: false,
        start: throughline::start_unsampled,
    },
    Contender {
        name: "throughline-logs",
        title: "throughline, events as log records too",
        end_to_end: false,
        start: throughline::start_with_logs,
    },
    Contender {
        name: "throughline-tail",
        title: "throughline, tail that keeps all",
        end_to_end: true,
        start: throughline::start_with_tail,
    },
    Contender {
        name: "throughline-tail-tenth",
        title: "throughline, tail that keeps a tenth",
        end_to_end: true,
        start: throughline::start_with_thin_tail,
    },
];

// === impl Contender ===

impl Contender {
    /// The one with this name.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn named(name: &str) -> &'static Contender {
        let found = ROSTER.iter().find(|contender| contender.name == name);
        found.unwrap_or_else(|| panic!("no contender is called {name:?}"))
    }
}
