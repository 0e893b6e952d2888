//! The settings for TLS, made of what the files hold.

use super::files::{Contents, NamedFile, TlsFiles};
use super::refusal::SET_AUTHORITY;
use rustls::client::WantsClientCert;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use std::sync::Arc;

/// We speak no HTTP/2: a receiver that speaks nothing else then says so, instead of answering what nobody can read.
const ALPN: &[u8] = b"http/1.1";

/// The settings, or why they cannot be made. Without files the system's authorities are trusted.
pub(in crate::export) fn config(files: &TlsFiles, contents: &Contents) -> Result<ClientConfig, String> {
    let builder = trusting(files, contents)?;
    let mut config = match (&files.client, &contents.client) {
        (Some((certificate, key)), Some((chain_pem, key_pem))) => {
            let chain = certificates(certificate, chain_pem)?;
            let private = private_key(key, key_pem)?;
            let wrong =
                |error: rustls::Error| format!("{certificate} and {key} cannot be used together: {error}");
            builder.with_client_auth_cert(chain, private).map_err(wrong)?
        }
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

fn trusting(
    files: &TlsFiles,
    contents: &Contents,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, String> {
    let provider = Arc::new(ring::default_provider());
    let wrong = |error: rustls::Error| format!("TLS cannot be set up: {error}");
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(wrong)?;
    if let (Some(file), Some(pem)) = (&files.authorities, &contents.authorities) {
        let mut store = RootCertStore::empty();
        let (added, _) = store.add_parsable_certificates(certificates(file, pem)?);
        return match added {
            0 => Err(format!("{file} has no certificate that can be read")),
            _ => Ok(builder.with_root_certificates(store)),
        };
    }
    let verifier = rustls_platform_verifier::Verifier::new(provider).map_err(|error| {
        format!("the authorities of this system cannot be loaded ({error}): install ca-certificates, or {SET_AUTHORITY}")
    })?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)))
}

fn certificates(file: &NamedFile, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(format!("{file} has no certificate: a PEM file with BEGIN CERTIFICATE is expected")),
        Err(error) => Err(format!("{file} is not PEM: {error}")),
    }
}

/// In the forms PKCS #8, PKCS #1 (RSA) and SEC1 (elliptic curves).
fn private_key(file: &NamedFile, pem: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| match pem.windows(9).any(|part| part == b"ENCRYPTED") {
        true => format!("{file} is encrypted: a private key without a password is expected"),
        false => format!("{file} has no private key: a PEM file with BEGIN PRIVATE KEY is expected"),
    })
}

/// For endpoints without TLS: nothing is loaded from the system, and nobody is trusted.
pub(crate) fn unused() -> Result<ClientConfig, String> {
    let wrong = |error: rustls::Error| format!("TLS cannot be set up: {error}");
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(wrong)?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
