//! Three axum services, each a process of its own, in one trace, without a line about tracing in a handler.
//!
//! ```text
//! a visitor ──► web ──► orders ──► stock          ServerLayer at each service,
//!                                                 ClientLayer (hyper), SendTraced (reqwest) at each call
//! ```
//!
//! `cargo run --example axum_chain` shows the trace and then serves the viewer until Ctrl-C;
//! `cargo run --example axum_chain -- --exit` ends once it has shown it. What starts the processes is in `../stage`.

#[path = "../stage/mod.rs"]
mod stage;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use axum::{Router, serve};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use stage::{Stage, url_of};
use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use throughline::http::{ClientLayer, SendTraced as _, ServerLayer, UrlTemplate};
use tower::{Layer, ServiceExt};
use tracing::{info, instrument};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const STAGE: Stage = Stage { name: "axum_chain", services: &["stock", "orders", "web"], spans: 6 };
const MOST: usize = 1 << 16;

fn main() -> ExitCode {
    STAGE.main(service, ask)
}

/// The visitor, who knows nothing of traces.
async fn ask(web: SocketAddr) -> Result<String> {
    let response = Client::builder(TokioExecutor::new())
        .build_http()
        .request(Request::get(format!("http://{web}/orders/7")).body(Body::empty())?)
        .await?;
    let status = response.status();
    let body = to_bytes(Body::new(response.into_body()), MOST).await?;
    Ok(format!("{status}, {}", String::from_utf8_lossy(&body)))
}

fn service(name: &str) -> Result<()> {
    let routes = match name {
        "web" => Router::new().route("/orders/{id}", get(page)).with_state(url_of("orders")?),
        "orders" => {
            Router::new().route("/orders/{id}", get(order)).with_state((reqwest_client()?, url_of("stock")?))
        }
        "stock" => Router::new().route("/items/{id}", get(item)),
        _ => return Err(format!("there is no service {name:?}").into()),
    };
    let health = get(async || "up");
    // A health check is asked for every few seconds, and nobody wants to read of it.
    let layer = ServerLayer::new().filter(|request| request.uri().path() != "/health");
    let routes = routes.route("/health", health).layer(layer);
    stage::serve(async |listener| Ok(serve(listener, routes).await?))
}

/// `web`: asks with a client of hyper, in a `tower` layer.
async fn page(State(orders): State<String>, Path(id): Path<u32>) -> std::result::Result<String, StatusCode> {
    let client = ClientLayer::new().layer(Client::builder(TokioExecutor::new()).build_http());
    let request = Request::get(format!("{orders}/orders/{id}")).extension(UrlTemplate::new("/orders/{id}"));
    let request = request.body(Body::empty()).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let response = client.oneshot(request).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let order = to_bytes(Body::new(response.into_body()), MOST).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    info!("page shown");
    Ok(format!("order {id}: {}", String::from_utf8_lossy(&order)))
}

/// `orders`: asks with reqwest.
async fn order(
    State((client, stock)): State<(reqwest::Client, String)>,
    Path(id): Path<u32>,
) -> std::result::Result<String, StatusCode> {
    let response = client.get(format!("{stock}/items/{}", id * 10)).send_traced().await;
    let item = response.map_err(|_| StatusCode::BAD_GATEWAY)?.text().await;
    info!("order found");
    item.map_err(|_| StatusCode::BAD_GATEWAY)
}

/// With the TLS that is built here; with reqwest's default features `Client::new()` is enough.
fn reqwest_client() -> Result<reqwest::Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder().build()?)
}

/// `stock`: answers by itself.
async fn item(Path(id): Path<u32>) -> String {
    look_up(id).await
}

#[instrument]
async fn look_up(id: u32) -> String {
    info!("item found");
    format!("item {id}, 12 left")
}
