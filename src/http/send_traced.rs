//! `SendTraced`: a request of reqwest, sent in a span, without a middleware.

use super::client_settings::ClientSettings;
use super::sent::sent;
use reqwest::{Error, RequestBuilder, Response};
use std::future::Future;
use std::sync::LazyLock;

static SETTINGS: LazyLock<ClientSettings> = LazyLock::new(ClientSettings::new);

/// Sends requests of reqwest in spans.
pub trait SendTraced {
    /// As [`RequestBuilder::send`], in a span of its own, with the context in the headers. The span is that of
    /// [`ReqwestMiddleware`](super::ReqwestMiddleware).
    ///
    /// ```
    /// use throughline::http::SendTraced as _;
    ///
    /// # async fn ask(client: reqwest::Client) -> Result<(), reqwest::Error> {
    /// let response = client.get("http://stock.internal/items").send_traced().await?;
    /// # drop(response);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`RequestBuilder::send`].
    fn send_traced(self) -> impl Future<Output = Result<Response, Error>> + Send;
}

// === impl RequestBuilder ===

impl SendTraced for RequestBuilder {
    async fn send_traced(self) -> Result<Response, Error> {
        let (client, request) = self.build_split();
        sent(&SETTINGS, request?, None, 0, |request| client.execute(request)).await
    }
}
