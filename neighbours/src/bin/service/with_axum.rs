//! The service on axum. Asks the next one by reqwest, as it is.

use crate::Result;
use crate::next::Next;
use crate::sight::sight;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use http::HeaderMap;
use reqwest::Client;
use serde_json::Value;
use throughline::baggage;
use throughline::http::{SendTraced as _, ServerLayer};
use tokio::net::TcpListener;
use tracing::info;

type Answer = std::result::Result<Json<Vec<Value>>, (StatusCode, String)>;

pub(crate) async fn serve(listener: TcpListener) -> Result<()> {
    let routes = Router::new().route("/", get(handle)).with_state((Next::client()?, Next::new()));
    Ok(axum::serve(listener, routes.layer(ServerLayer::new())).await?)
}

async fn handle(State((client, next)): State<(Client, Next)>, headers: HeaderMap) -> Answer {
    info!("asked");
    let mut sights = vec![sight(&headers)];
    if let Some(url) = next.url() {
        // What the program itself sends along, besides what has come.
        let _ = baggage::set("sum", "1+1=2");
        let behind = ask(client, url).await;
        sights.extend(behind.map_err(|error| (StatusCode::BAD_GATEWAY, error.to_string()))?);
    }
    Ok(Json(sights))
}

async fn ask(client: Client, url: String) -> Result<Vec<Value>> {
    Next::sights(client.get(url).send_traced().await?).await
}
