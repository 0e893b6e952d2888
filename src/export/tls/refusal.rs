//! Why TLS was refused, as a sentence that says what to set.

use super::files::TlsFiles;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription as Alert, CertificateError as Wrong, Error};
use std::time::Duration;

pub(super) const SET_AUTHORITY: &str =
    "name the file of its authority in OTEL_EXPORTER_OTLP_CERTIFICATE or Builder::ca_certificate";
const SET_CLIENT: &str = "set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY, or \
                          Builder::client_certificate";
const A_DAY: u64 = 86_400;

/// What an error of TLS means for whoever set the endpoint up.
pub(in crate::export) fn refusal(error: &Error, files: &TlsFiles) -> String {
    match error {
        Error::InvalidCertificate(wrong) => of_certificate(wrong, files),
        Error::AlertReceived(Alert::NoApplicationProtocol) | Error::NoApplicationProtocol => {
            "it speaks HTTP/2 only, as ports for gRPC do (4317): the endpoint for HTTP has port 4318"
                .to_owned()
        }
        Error::AlertReceived(Alert::ProtocolVersion) | Error::PeerIncompatible(_) => {
            format!("it speaks neither TLS 1.2 nor 1.3 with ciphers that we know ({error})")
        }
        Error::AlertReceived(alert) => of_alert(*alert, files),
        Error::InvalidMessage(_) => {
            "what listens there does not speak TLS: if it is meant to be without, the endpoint \
                                     begins with http://"
                .to_owned()
        }
        other => format!("TLS failed: {other}"),
    }
}

/// What is wrong with the collector's certificate.
fn of_certificate(wrong: &Wrong, files: &TlsFiles) -> String {
    match wrong {
        Wrong::UnknownIssuer | Wrong::BadSignature => match &files.authorities {
            Some(file) => {
                format!("its certificate is by no authority of {file}: put the one there that signed it")
            }
            None => {
                format!("its certificate is by an authority that this system does not know: {SET_AUTHORITY}")
            }
        },
        Wrong::ExpiredContext { time, not_after } => format!(
            "its certificate expired {} ago: renew it there, or mend this machine's clock",
            between(*not_after, *time)
        ),
        Wrong::Expired => {
            "its certificate has expired: renew it there, or mend this machine's clock".to_owned()
        }
        Wrong::NotValidYetContext { time, not_before } => format!(
            "its certificate is valid only in {}: mend this machine's clock, or wait",
            between(*time, *not_before)
        ),
        Wrong::NotValidForNameContext { expected, presented } => format!(
            "its certificate is not for {}: it is for {}; use such a name in the endpoint, or a certificate for this one",
            expected.to_str(),
            if presented.is_empty() { "no name at all".to_owned() } else { presented.join(", ") }
        ),
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "its certificate is that of an authority (CA:TRUE), which no server may use: make it with \
             basicConstraints=CA:FALSE, or sign another with it"
                .to_owned()
        }
        other => format!("its certificate is refused: {other}"),
    }
}

/// What the collector did not like about ours, or about having none.
fn of_alert(alert: Alert, files: &TlsFiles) -> String {
    let about_us = matches!(
        alert,
        Alert::AccessDenied
            | Alert::BadCertificate
            | Alert::CertificateExpired
            | Alert::CertificateRequired
            | Alert::CertificateRevoked
            | Alert::CertificateUnknown
            | Alert::DecryptError
            | Alert::HandshakeFailure
            | Alert::UnknownCA
            | Alert::UnsupportedCertificate
    );
    match &files.client {
        Some((certificate, _)) if about_us => format!(
            "it refuses the certificate of {certificate} ({alert:?}): use one that it trusts and that has not expired"
        ),
        None if about_us => format!("it wants a client certificate ({alert:?}): {SET_CLIENT}"),
        _ => format!("it refused TLS ({alert:?})"),
    }
}

/// Days, or hours and so on where it is less than two.
fn between(early: UnixTime, late: UnixTime) -> String {
    let seconds = late.as_secs().saturating_sub(early.as_secs());
    match seconds / A_DAY {
        0 | 1 => format!("{:?}", Duration::from_secs(seconds)),
        days => format!("{days} days"),
    }
}
