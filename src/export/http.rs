//! `Http`: one POST to one endpoint, over a connection that is kept.

use crate::error::Error;
use flate2::write::GzEncoder;
use once_cell::sync::OnceCell;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

/// An answer over this is not read to its end (OTLP specification: at most 4 MiB).
const MAX_ANSWER: usize = 4 << 20;
/// Of an answer's text so much is shown.
const SHOWN: usize = 300;
const USER_AGENT: &str = concat!("OTel-OTLP-Exporter-throughline/", env!("CARGO_PKG_VERSION"));

/// How request bodies are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Compression {
    #[default]
    None,
    Gzip,
}

/// Where and how requests go.
#[derive(Clone, Debug)]
pub(crate) struct HttpConfig {
    /// The whole URL, signal path included.
    pub(crate) url: String,
    /// The argument or variable that the URL came from, for errors.
    pub(crate) origin: &'static str,
    pub(crate) headers: Vec<(String, String)>,
    /// Of one request; `None`: no limit.
    pub(crate) timeout: Option<Duration>,
    pub(crate) compression: Compression,
}

/// A client for one endpoint.
pub(crate) struct Http {
    client: OnceCell<reqwest::Client>,
    url: reqwest::Url,
    /// The URL without credentials and query, for messages.
    shown: String,
    headers: HeaderMap,
    timeout: Option<Duration>,
    compression: Compression,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Vec<u8>,
}

// === impl Http ===

impl Http {
    pub(crate) fn new(config: HttpConfig) -> Result<Self, Error> {
        let url = parse_url(config.origin, &config.url)?;
        let headers = header_map(&config.headers)?;
        let shown = without_secrets(url.as_str());
        let HttpConfig { timeout, compression, .. } = config;
        Ok(Http { client: OnceCell::new(), url, shown, headers, timeout, compression })
    }

    /// The client, made at the first request, on the worker's thread: the system's roots may take long to load, and
    /// are looked for again if that failed.
    fn client(&self) -> Result<&reqwest::Client, String> {
        self.client.get_or_try_init(|| {
            let mut builder = reqwest::Client::builder()
                .user_agent(USER_AGENT)
                .redirect(reqwest::redirect::Policy::none())
                .pool_max_idle_per_host(1)
                .tls_backend_preconfigured(tls(self.url.scheme() == "https")?);
            if is_loopback(&self.url) {
                // A proxy cannot reach this machine's own addresses.
                builder = builder.no_proxy();
            }
            if let Some(timeout) = self.timeout {
                builder = builder.timeout(timeout);
            }
            let failed =
                |error: reqwest::Error| format!("no client for {}: {}", self.shown, error.without_url());
            builder.build().map_err(failed)
        })
    }

    /// The endpoint as it may be shown.
    pub(crate) fn endpoint(&self) -> &str {
        &self.shown
    }

    /// Posts a protobuf body. An error is the reason, in words, why there was no answer.
    pub(crate) async fn post(&self, body: Vec<u8>) -> Result<Answer, String> {
        let mut request = self
            .client()?
            .post(self.url.clone())
            .headers(self.headers.clone())
            .header(CONTENT_TYPE, "application/x-protobuf");
        let body = match self.compression {
            Compression::None => body,
            Compression::Gzip => {
                request = request.header(CONTENT_ENCODING, "gzip");
                gzip(&body).map_err(|error| format!("the request could not be compressed: {error}"))?
            }
        };
        // The text of an error without a cause shows the URL, credentials and all.
        let failed = |error: reqwest::Error| self.explain(&error.without_url());
        Ok(Answer::read(request.body(body).send().await.map_err(failed)?).await)
    }

    /// Gets what is there. An error is the reason, in words, why there was no answer.
    pub(crate) async fn get(&self) -> Result<Answer, String> {
        let request = self.client()?.get(self.url.clone()).headers(self.headers.clone());
        let failed = |error: reqwest::Error| self.explain(&error.without_url());
        Ok(Answer::read(request.send().await.map_err(failed)?).await)
    }

    /// Why there was no answer, down to the cause.
    fn explain(&self, error: &reqwest::Error) -> String {
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        let what = match () {
            () if error.is_timeout() => "no answer in time from",
            () if error.is_connect() => "cannot connect to",
            () => "no answer from",
        };
        format!("{what} {}: {cause}", self.shown)
    }
}

// === impl Answer ===

impl Answer {
    async fn read(mut response: reqwest::Response) -> Answer {
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let mut answer = Answer {
            status: response.status().as_u16(),
            retry_after: retry_after.map(str::to_owned),
            body: Vec::new(),
        };
        // Once there is a status it holds: sending a batch again because its answer broke off would double it.
        while let Ok(Some(chunk)) = response.chunk().await {
            if answer.body.len() + chunk.len() > MAX_ANSWER {
                break;
            }
            answer.body.extend_from_slice(&chunk);
        }
        answer
    }

    /// The beginning of the body as text, where it is text.
    pub(crate) fn text(&self) -> String {
        readable(&String::from_utf8_lossy(&self.body))
    }
}

/// The longest piece of a text from elsewhere that may stand in a log line, as far as it is shown.
pub(crate) fn readable(text: &str) -> String {
    let words = text.split(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER);
    let longest = words.map(str::trim).max_by_key(|part| part.len()).unwrap_or_default();
    longest.chars().take(SHOWN).collect()
}

fn parse_url(origin: &str, text: &str) -> Result<reqwest::Url, Error> {
    let wrong = |reason: String| Error::config(origin, &without_secrets(text), reason);
    let url = reqwest::Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        scheme => Err(wrong(format!("the scheme must be http or https, not {scheme}"))),
    }
}

/// A URL, be it a bad one, as it may be shown: without user, password and query.
pub(crate) fn without_secrets(url: &str) -> String {
    let (plain, query) = url.split_once('?').map_or((url, ""), |(plain, _)| (plain, "?..."));
    let start = plain.find("//").map_or(0, |at| at + 2);
    let end = plain[start..].find('/').map_or(plain.len(), |at| start + at);
    let host = plain[start..end].rfind('@').map_or(start, |at| start + at + 1);
    [&plain[..start], &plain[host..], query].concat()
}

fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn header_map(headers: &[(String, String)]) -> Result<HeaderMap, Error> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let wrong = |reason: &str| Error::config("header", name, reason);
        let key = HeaderName::try_from(name).map_err(|_| wrong("not a header name"))?;
        // The value may be a secret: it is not shown.
        let mut value = HeaderValue::try_from(value).map_err(|_| wrong("its value is not a header value"))?;
        value.set_sensitive(true);
        map.append(key, value);
    }
    Ok(map)
}

/// The settings for TLS; without https nothing is loaded from the system.
fn tls(used: bool) -> Result<rustls::ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let wrong = |error: rustls::Error| format!("TLS cannot be set up: {error}");
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(wrong)?;
    if !used {
        return Ok(builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth());
    }
    let verifier = rustls_platform_verifier::Verifier::new(provider).map_err(wrong)?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), flate2::Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}
