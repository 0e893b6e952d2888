//! TLS, by rustls with ring: whom we trust, who we are, and why it was refused.
//!
//! * `files`: the files that authorities, certificate and key are read from
//! * `config`: the settings made of them, or of the system's authorities
//! * `refusal`: what went wrong as a sentence that says what to set

mod config;
mod files;
mod refusal;

pub(super) use config::config;
pub(crate) use config::unused;
pub(super) use files::Contents;
pub(crate) use files::{NamedFile, TlsFiles};
pub(super) use refusal::refusal;
