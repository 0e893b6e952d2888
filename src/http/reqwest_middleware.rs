//! `ReqwestMiddleware`: makes a span of every request that goes through `reqwest-middleware`.

use super::client_settings::ClientSettings;
use super::own_hosts::OwnHosts;
use super::resend_count::ResendCount;
use super::sent::{Failure, sent};
use super::url_template::UrlTemplate;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};
use std::pin::Pin;

/// A middleware that makes a span of every request, and puts the context into its headers.
///
/// ```
/// use throughline::http::ReqwestMiddleware;
///
/// # fn of(client: reqwest::Client) -> reqwest_middleware::ClientWithMiddleware {
/// reqwest_middleware::ClientBuilder::new(client).with(ReqwestMiddleware::new()).build()
/// # }
/// ```
///
/// The spans are those of [`ClientLayer`](super::ClientLayer), but end when the head of the response is there: its body
/// is read by whoever wants it, whenever. What reqwest does by itself (redirects, its own retries) is in one span.
///
/// Behind a middleware that repeats requests every attempt is a span, from the second on with
/// `http.request.resend_count`. A [`UrlTemplate`] given by `with_extension` becomes a part of the name.
#[derive(Clone, Debug)]
#[must_use]
pub struct ReqwestMiddleware {
    settings: ClientSettings,
}

/// Attempts that were made with the same extensions.
#[derive(Clone, Copy)]
struct Attempts(u32);

// === impl ReqwestMiddleware ===

impl ReqwestMiddleware {
    /// A middleware that sends the context to everybody. It reads `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` once, now.
    pub fn new() -> Self {
        ReqwestMiddleware { settings: ClientSettings::new() }
    }

    /// As [`ClientLayer::own_hosts`](super::ClientLayer::own_hosts), of the host that the request is made for. Where that
    /// answers with a redirect, reqwest takes all headers along, baggage too, whoever it is sent to: a client of which that
    /// must not be true follows none (`reqwest::redirect::Policy::none()`).
    pub fn own_hosts(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.own_hosts = OwnHosts::new(hosts);
        self
    }
}

impl Default for ReqwestMiddleware {
    fn default() -> Self {
        ReqwestMiddleware::new()
    }
}

impl Middleware for ReqwestMiddleware {
    fn handle<'middleware, 'extensions, 'next, 'future>(
        &'middleware self,
        request: Request,
        extensions: &'extensions mut Extensions,
        next: Next<'next>,
    ) -> Pin<Box<dyn Future<Output = Result<Response>> + Send + 'future>>
    where
        'middleware: 'future,
        'extensions: 'future,
        'next: 'future,
    {
        let before = extensions.get::<Attempts>().map_or(0, |attempts| attempts.0);
        extensions.insert(Attempts(before.saturating_add(1)));
        let count = extensions.get::<ResendCount>().map_or(before, |count| count.0);
        let template = extensions.get::<UrlTemplate>().cloned();
        Box::pin(async move {
            let template = template.as_ref().map(UrlTemplate::as_str);
            let send = |request| next.run(request, extensions);
            sent(&self.settings, request, template, count, send).await
        })
    }
}

// === impl Error ===

impl Failure for Error {
    fn told(&self) -> (&'static str, String) {
        match self {
            Error::Reqwest(error) => error.told(),
            Error::Middleware(error) => ("middleware", error.to_string()),
        }
    }
}
