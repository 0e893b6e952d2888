//! A request that reqwest sends, whichever way it comes here.

use super::client_request::{ClientRequest, Url};
use super::client_settings::ClientSettings;
use super::exchange::Exchange;
use reqwest::{Request, Response};
use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::pin;

/// What reqwest, or what is put before it, fails with.
pub(super) trait Failure {
    /// `error.type`, and what is said of it beyond that. No URL is in it, nor what a URL may hold.
    fn told(&self) -> (&'static str, String);
}

/// Sends a request in a span of its own.
pub(super) async fn sent<F, E: Failure>(
    settings: &ClientSettings,
    mut request: Request,
    template: Option<&str>,
    resend_count: u32,
    send: impl FnOnce(Request) -> F,
) -> Result<Response, E>
where
    F: Future<Output = Result<Response, E>>,
{
    let exchange = open(settings, &mut request, template, resend_count);
    let Some(mut exchange) = exchange else { return send(request).await };
    let mut sending = pin!(exchange.run(|| send(request)));
    let result = poll_fn(|context| exchange.run(|| sending.as_mut().poll(context))).await;
    match &result {
        Ok(response) => {
            exchange.respond(response.status(), response.headers());
            exchange.end();
        }
        Err(error) => {
            let (error_type, description) = error.told();
            exchange.fail(error_type, &description);
        }
    }
    result
}

fn open(
    settings: &ClientSettings,
    request: &mut Request,
    template: Option<&str>,
    resend_count: u32,
) -> Option<Exchange> {
    let mut headers = std::mem::take(request.headers_mut());
    let url = request.url();
    let outgoing = ClientRequest {
        method: request.method(),
        url: Url { scheme: Some(url.scheme()), authority: Some(url.authority()), whole: url },
        template,
        name: None,
        resend_count,
    };
    let exchange = settings.open(&outgoing, None, &mut headers);
    *request.headers_mut() = headers;
    exchange
}

// === impl reqwest::Error ===

impl Failure for reqwest::Error {
    fn told(&self) -> (&'static str, String) {
        let kinds: [(&'static str, bool); 7] = [
            ("timeout", self.is_timeout()),
            ("connect", self.is_connect()),
            ("redirect", self.is_redirect()),
            ("builder", self.is_builder()),
            ("decode", self.is_decode()),
            ("body", self.is_body()),
            ("request", self.is_request()),
        ];
        let error_type = kinds.into_iter().find(|(_, is)| *is).map_or("_OTHER", |(kind, _)| kind);
        // Its own text has the URL in it; what it comes from says more.
        let mut innermost = self.source();
        while let Some(deeper) = innermost.and_then(Error::source) {
            innermost = Some(deeper);
        }
        (error_type, innermost.map(ToString::to_string).unwrap_or_default())
    }
}
