//! `Next`: the service behind this one, asked by HTTP.

use crate::Result;
use crate::service::url_of;
use serde_json::Value;

const CORRELATION: &str = "x-correlation-id";

/// The next service's URL; the last one has none.
#[derive(Clone, Debug)]
pub(crate) struct Next(Option<String>);

// === impl Next ===

impl Next {
    /// That of the environment.
    pub(crate) fn new() -> Next {
        Next(url_of("next").ok())
    }

    /// A client of reqwest, with the TLS that is built here.
    pub(crate) fn client() -> Result<reqwest::Client> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(reqwest::Client::builder().no_proxy().build()?)
    }

    /// Its URL.
    pub(crate) fn url(&self) -> Option<String> {
        self.0.clone()
    }

    /// What an answer says; the correlation id that it tells, if any, is noted with its first sight.
    pub(crate) async fn sights(answer: reqwest::Response) -> Result<Vec<Value>> {
        let told = answer.headers().get(CORRELATION).map(|id| String::from_utf8_lossy(id.as_bytes()).into());
        let (status, text) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            return Err(format!("the next service answers {status}: {text}").into());
        }
        let mut sights: Vec<Value> = serde_json::from_str(&text)?;
        if let (Some(first), Some(told)) = (sights.first_mut(), told) {
            first["told"] = told;
        }
        Ok(sights)
    }
}
