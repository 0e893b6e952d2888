//! The commands of `throughline`. It uses the library's public API and the query API over HTTP, nothing else.

mod args;
mod client;
mod command;
mod doctor;
mod fault;
mod list;
mod serve;
mod show;

pub(crate) use command::run;
