//! The files for TLS: code over environment, and none where there is no TLS (OpenTelemetry protocol exporter,
//! "Configuration Options": `CERTIFICATE`, `CLIENT_CERTIFICATE`, `CLIENT_KEY`).

use super::builder::Builder;
use super::otlp::variables;
use crate::env::Env;
use crate::export::{NamedFile, Signal, TlsFiles};
use std::path::Path;

const NO_CLIENT: &str = "no client certificate";

/// The files of a signal that is posted to this URL.
pub(super) fn tls_files(builder: &Builder, env: &mut Env, signal: Signal, url: &str) -> TlsFiles {
    let given = &builder.transport;
    let of_code = |origin, path: &Path| NamedFile { path: path.to_owned(), origin };
    let authorities = match &given.ca_certificate {
        Some(path) => Some(of_code("ca_certificate", path)),
        None => of_env(env, &variables!(signal, "CERTIFICATE")),
    };
    let client = match &given.client_certificate {
        Some((certificate, key)) => {
            Some((of_code("client_certificate", certificate), of_code("client_certificate's key", key)))
        }
        None => client_of_env(env, signal),
    };
    let files = TlsFiles { authorities, client };
    match url.to_ascii_lowercase().starts_with("http://") {
        true => without_tls(env, signal, &files),
        false => files,
    }
}

fn of_env(env: &mut Env, names: &[&'static str]) -> Option<NamedFile> {
    env.first(names).map(|(origin, value)| NamedFile { path: value.into(), origin })
}

/// A certificate and its key, or neither.
fn client_of_env(env: &mut Env, signal: Signal) -> Option<(NamedFile, NamedFile)> {
    let (certificates, keys) = (variables!(signal, "CLIENT_CERTIFICATE"), variables!(signal, "CLIENT_KEY"));
    let (alone, missing) = match (of_env(env, &certificates), of_env(env, &keys)) {
        (Some(certificate), Some(key)) => return Some((certificate, key)),
        (None, None) => return None,
        (Some(certificate), None) => (certificate, keys[1]),
        (None, Some(key)) => (key, certificates[1]),
    };
    let value = alone.path.to_string_lossy();
    env.warn(alone.origin, &value, format_args!("{missing} is not set"), NO_CLIENT);
    None
}

/// Whoever sets them means TLS, and must learn that there is none.
fn without_tls(env: &mut Env, signal: Signal, files: &TlsFiles) -> TlsFiles {
    let client = files.client.iter().flat_map(|(certificate, key)| [certificate, key]);
    for file in files.authorities.iter().chain(client) {
        let reason = format!("the endpoint of {signal} begins with http://, not https://");
        env.warn(file.origin, &file.path.to_string_lossy(), reason, "no TLS");
    }
    TlsFiles::default()
}
