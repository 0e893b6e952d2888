//! The programs, a file for each topic of CONVENTIONS.md and of the life of a span.

use crate::program::Program;

/// Programs by the names of their functions.
macro_rules! programs {
    ($($name:ident $(under $setup:expr)?),* $(,)?) => {
        &[$(crate::program::Program::new(stringify!($name), $name)$(.under($setup))?),*]
    };
}

mod attributes;
mod ends;
mod errors;
mod events;
mod exceptions;
mod fields;
mod filters;
mod instrument;
mod instrument_results;
mod life;
mod limits;
mod links;
mod logs;
mod names;
mod parents;
pub(crate) mod random;
mod set_parent;
mod sizes;
mod status;
mod subscribers;
mod tasks;
mod threads;
mod types;
mod values;

/// All of them.
pub(crate) fn programs() -> impl Iterator<Item = &'static Program> {
    let topics: [&[Program]; 24] = [
        names::PROGRAMS,
        status::PROGRAMS,
        ends::PROGRAMS,
        attributes::PROGRAMS,
        fields::PROGRAMS,
        types::PROGRAMS,
        sizes::PROGRAMS,
        errors::PROGRAMS,
        exceptions::PROGRAMS,
        events::PROGRAMS,
        values::PROGRAMS,
        logs::PROGRAMS,
        parents::PROGRAMS,
        set_parent::PROGRAMS,
        links::PROGRAMS,
        links::HANGING,
        life::PROGRAMS,
        threads::PROGRAMS,
        subscribers::PROGRAMS,
        tasks::PROGRAMS,
        instrument::PROGRAMS,
        instrument_results::PROGRAMS,
        filters::PROGRAMS,
        limits::PROGRAMS,
    ];
    topics.into_iter().flatten()
}

/// Random walks, as many as asked for.
pub(crate) fn walks(count: u64) -> impl Iterator<Item = &'static Program> {
    (1..=count).map(|seed| {
        let name: &str = Box::leak(format!("random_{seed}").into_boxed_str());
        &*Box::leak(Box::new(Program::random(name, seed)))
    })
}
