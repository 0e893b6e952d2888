//! `Http`: one POST to one endpoint, over a connection that is kept.

use super::client::{Client, Tell};
use super::compression::Compression;
use super::failure::{Failure, FailureKind, cause, causes, kind_of};
use super::header_provider::HeaderProvider;
use super::tls::{TlsFiles, refusal};
use super::url::{is_loopback, parse_url, proxy, without_secrets};
use crate::error::Error;
use reqwest::Url;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING,
};
use std::time::Duration;

/// An answer over this is not read to its end (OTLP specification: at most 4 MiB).
const MAX_ANSWER: usize = 4 << 20;
/// Of an answer's text so much is shown.
const SHOWN: usize = 300;
const PROTOBUF: &str = "application/x-protobuf";

/// Where and how requests go.
#[derive(Clone, Debug)]
pub(crate) struct HttpConfig {
    /// The whole URL, signal path included.
    pub(crate) url: String,
    /// The argument or variable that the URL came from, for errors.
    pub(crate) origin: &'static str,
    pub(crate) headers: Vec<(String, String)>,
    /// Asked before each request; what it gives stands before `headers`.
    pub(crate) header_provider: Option<HeaderProvider>,
    /// Of one request; `None`: no limit.
    pub(crate) timeout: Option<Duration>,
    pub(crate) compression: Compression,
    pub(crate) tls: TlsFiles,
    /// Whether a batch that was answered with 400 is halved, to find what is bad in it.
    pub(crate) bisect: bool,
}

/// A client for one endpoint.
pub(crate) struct Http {
    client: Client,
    url: Url,
    origin: &'static str,
    /// The URL without credentials and query, for messages.
    shown: String,
    /// The proxy that stands between, if one does.
    proxy: Option<Url>,
    headers: HeaderMap,
    header_provider: Option<HeaderProvider>,
    timeout: Option<Duration>,
    compression: Compression,
}

/// What came back.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

// === impl Http ===

impl Http {
    pub(crate) fn new(config: HttpConfig, tell: Tell) -> Result<Self, Error> {
        let url = parse_url(config.origin, &config.url)?;
        let HttpConfig { origin, header_provider, timeout, compression, .. } = config;
        Ok(Http {
            client: Client::new(url.scheme() == "https", !is_loopback(&url), timeout, config.tls, tell),
            shown: without_secrets(url.as_str()),
            proxy: proxy(&url),
            headers: header_map("header", &config.headers)?,
            url,
            origin,
            header_provider,
            timeout,
            compression,
        })
    }

    /// Another with these settings and connections of its own, for another runtime.
    pub(crate) fn again(&self) -> Http {
        Http {
            client: self.client.again(),
            url: self.url.clone(),
            shown: self.shown.clone(),
            proxy: self.proxy.clone(),
            headers: self.headers.clone(),
            header_provider: self.header_provider.clone(),
            ..*self
        }
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The argument or variable that the URL came from.
    pub(crate) fn origin(&self) -> &'static str {
        self.origin
    }

    /// The proxy that requests go through.
    pub(crate) fn proxy(&self) -> Option<&Url> {
        self.proxy.as_ref()
    }

    /// The endpoint as it may be shown.
    pub(crate) fn endpoint(&self) -> &str {
        &self.shown
    }

    /// The content encoding of requests, or "none".
    pub(crate) fn compression(&self) -> &'static str {
        self.compression.name()
    }

    /// The names of the headers that are set, for messages.
    pub(crate) fn header_names(&self) -> Vec<&str> {
        self.headers.keys().map(HeaderName::as_str).collect()
    }

    /// Whether a header provider is set, which may give others.
    pub(crate) fn asks_for_headers(&self) -> bool {
        self.header_provider.is_some()
    }

    /// Posts a protobuf body.
    pub(crate) async fn post(&self, body: Vec<u8>) -> Result<Answer, Failure> {
        let setup = |reason: String| Failure::setup(format!("nothing sent to {}: {reason}", self.shown));
        let client = self.client.get().map_err(setup)?;
        let mut headers = self.headers().await.map_err(setup)?;
        let compressed = self.compression.apply(body);
        let (body, encoding) =
            compressed.map_err(|error| setup(format!("the request could not be compressed: {error}")))?;
        describe(&mut headers, body.is_empty(), encoding);
        let request = client.post(self.url.clone()).headers(headers);
        // The text of an error without a cause shows the URL, credentials and all.
        let failed = |error: reqwest::Error| self.explain(&error.without_url());
        Ok(Answer::read(request.body(body).send().await.map_err(failed)?).await)
    }

    /// Gets what is there.
    pub(crate) async fn get(&self) -> Result<Answer, Failure> {
        let setup = |reason: String| Failure::setup(format!("{} was not asked: {reason}", self.shown));
        let client = self.client.get().map_err(setup)?;
        let request = client.get(self.url.clone()).headers(self.headers().await.map_err(setup)?);
        let failed = |error: reqwest::Error| self.explain(&error.without_url());
        Ok(Answer::read(request.send().await.map_err(failed)?).await)
    }

    /// The headers of one request: those that are set, and before them what the provider gives now.
    async fn headers(&self) -> Result<HeaderMap, String> {
        let Some(provider) = &self.header_provider else { return Ok(self.headers.clone()) };
        let given = match self.timeout {
            Some(timeout) => tokio::time::timeout(timeout, provider.headers())
                .await
                .map_err(|_| format!("header_provider has not returned within {timeout:?}"))?,
            None => provider.headers().await,
        }?;
        let mut headers = self.headers.clone();
        // Takes the place of those with the same names.
        headers.extend(given);
        Ok(headers)
    }

    /// Why there was no answer, down to the cause.
    fn explain(&self, error: &reqwest::Error) -> Failure {
        let causes = causes(error);
        let deepest = causes.last().map(ToString::to_string).unwrap_or_default();
        let kind = match cause::<rustls::Error>(&causes) {
            Some(_) => FailureKind::Tls,
            None if deepest == "tls handshake eof" => FailureKind::Tls,
            None => kind_of(error, &causes),
        };
        if kind == FailureKind::Tls {
            self.client.suspect();
        }
        let what = match kind {
            FailureKind::Timeout => "no answer in time from",
            FailureKind::Name | FailureKind::Connect => "cannot connect to",
            FailureKind::Tls => "no TLS with",
            _ => "no answer from",
        };
        let why = match (kind, cause::<rustls::Error>(&causes)) {
            (_, Some(error)) => refusal(error, self.client.files()),
            (FailureKind::Tls, None) => {
                "it closed the connection in the middle of the handshake; if it is meant to be \
                                         without TLS, the endpoint begins with http://"
                    .to_owned()
            }
            (FailureKind::NotHttp, _) if self.url.scheme() == "http" => format!(
                "{deepest}: what listens there speaks TLS (the endpoint then begins with https://), or gRPC (the endpoint \
                 for HTTP then has port 4318)"
            ),
            _ => deepest,
        };
        let through = match &self.proxy {
            Some(proxy) => format!(" (through the proxy {})", without_secrets(proxy.as_str())),
            None => String::new(),
        };
        Failure { kind, reason: format!("{what} {}{through}: {why}", self.shown) }
    }
}

// === impl Answer ===

impl Answer {
    async fn read(mut response: reqwest::Response) -> Answer {
        let headers = std::mem::take(response.headers_mut());
        let mut answer = Answer { status: response.status().as_u16(), headers, body: Vec::new() };
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

    /// A header, where it is text.
    pub(crate) fn header(&self, name: impl reqwest::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// The longest piece of a text from elsewhere that may stand in a log line, as far as it is shown.
pub(crate) fn readable(text: &str) -> String {
    let words = text.split(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER);
    let longest = words.map(str::trim).max_by_key(|part| part.len()).unwrap_or_default();
    longest.chars().take(SHOWN).collect()
}

/// What the body is says nobody but us: a second word on it, or another length, makes a request that servers refuse.
fn describe(headers: &mut HeaderMap, empty: bool, encoding: Option<&'static str>) {
    for ours in [CONTENT_LENGTH, CONTENT_ENCODING, TRANSFER_ENCODING] {
        headers.remove(ours);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROTOBUF));
    if empty {
        // The client leaves it out then, and some servers want to be told that there is nothing.
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    headers.extend(encoding.map(|encoding| (CONTENT_ENCODING, HeaderValue::from_static(encoding))));
}

/// Headers, checked; `origin` gave them. No value is ever shown.
pub(super) fn header_map(origin: &str, headers: &[(String, String)]) -> Result<HeaderMap, Error> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let wrong = |reason: &str| Error::config(origin, name, reason);
        let key = HeaderName::try_from(name).map_err(|_| wrong("not a header name"))?;
        // The value may be a secret: it is not shown.
        let mut value = HeaderValue::try_from(value).map_err(|_| wrong("its value is not a header value"))?;
        value.set_sensitive(true);
        map.append(key, value);
    }
    Ok(map)
}
