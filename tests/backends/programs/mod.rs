//! Twenty small programs, which together use all that a span can carry.
//!
//! * `values`: attributes of every type
//! * `told`: events, errors, statuses, kinds, names, links
//! * `limits`: more than a span may carry
//! * `traces`: parents, samplers, threads, depth, and what is left open

mod limits;
mod told;
mod traces;
mod values;

use throughline::Builder;

/// A program, run under a layer of its own.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// How many spans it records.
    pub(crate) spans: usize,
    pub(crate) settings: fn(Builder) -> Builder,
    pub(crate) run: fn(),
}

pub(crate) const PROGRAMS: [Program; 20] = [
    plain("numbers and texts", 1, values::numbers_and_texts),
    plain("doubles", 1, values::doubles),
    plain("lists, maps, bytes, nothing", 1, values::lists_maps_bytes_nothing),
    plain("unicode", 2, values::unicode),
    plain("replaced", 1, values::replaced),
    plain("large", 2, values::large),
    plain("events", 2, told::events),
    plain("errors", 4, told::errors),
    plain("statuses", 5, told::statuses),
    plain("kinds", 6, told::kinds),
    plain("names", 4, told::names),
    plain("links", 3, told::links),
    Program {
        settings: limits::attributes_cut,
        ..plain("attributes over the limits", 2, limits::attributes)
    },
    Program {
        settings: limits::few_events_and_links,
        ..plain("events over the limits", 2, limits::events_and_links)
    },
    plain("remote parents", 5, traces::remote_parents),
    Program { settings: traces::half, ..plain("sampled", 10, traces::sampled) },
    plain("deep", 200, traces::deep),
    plain("a thousand", 1000, traces::a_thousand),
    plain("threads and tasks", 41, traces::threads_and_tasks),
    Program { settings: traces::no_automatic_attributes, ..plain("left open", 3, traces::left_open) },
];

const fn plain(name: &'static str, spans: usize, run: fn()) -> Program {
    Program { name, spans, settings: |builder| builder, run }
}
