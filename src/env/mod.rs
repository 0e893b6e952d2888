//! The environment variables, read with the specification's rules: empty is unset; a value that cannot be read is told
//! once, with what is used instead.
//!
//! * `env`: what is set, what of it was taken, and what was wrong with it
//! * `values`: numbers, times, switches, names, lists, pairs
//! * `known`: every variable that means something here, and the near misses

#[expect(clippy::module_inception, reason = "the folder is named for its main noun")]
mod env;
mod known;
mod values;

pub(crate) use env::Env;
#[cfg(test)]
pub(crate) use known::KNOWN;
