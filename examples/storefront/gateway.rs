//! The gateway: what customers talk to. Its product page fans out.

use crate::client::{CallError, Client};
use crate::failure::Failure;
use crate::service::{continue_trace, url_of};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use tracing::{info, instrument};

/// What the handlers need.
struct Gateway {
    client: Client,
    orders: String,
    inventory: String,
    payments: String,
}

/// A page that cannot be shown.
#[derive(Debug)]
struct PageError {
    page: &'static str,
    source: CallError,
}

pub(crate) fn routes() -> Result<Router, Box<dyn Error>> {
    let gateway = Gateway {
        client: Client::new(),
        orders: url_of("orders")?,
        inventory: url_of("inventory")?,
        payments: url_of("payments")?,
    };
    let routes = Router::new()
        .route("/product", get(product))
        .route("/history", get(history))
        .route("/checkout", post(checkout));
    Ok(routes.with_state(Arc::new(gateway)))
}

/// Three services at once.
#[instrument(name = "GET /product", skip_all, fields(otel.kind = "server", http.route = "/product"))]
async fn product(State(gateway): State<Arc<Gateway>>, headers: HeaderMap) -> Result<Json<Value>, Failure> {
    continue_trace(&headers);
    let get = |base, path| gateway.client.call(Method::GET, base, path, Value::Null);
    let (stock, offers, ratings) = tokio::try_join!(
        get(&gateway.inventory, "/stock"),
        get(&gateway.payments, "/offers"),
        get(&gateway.orders, "/ratings"),
    )
    .map_err(|source| page_failed("product", source))?;
    info!("product page shown");
    Ok(Json(json!({ "stock": stock, "offers": offers, "ratings": ratings })))
}

#[instrument(name = "GET /history", skip_all, fields(otel.kind = "server", http.route = "/history"))]
async fn history(State(gateway): State<Arc<Gateway>>, headers: HeaderMap) -> Result<Json<Value>, Failure> {
    continue_trace(&headers);
    let orders = gateway.client.call(Method::GET, &gateway.orders, "/orders", Value::Null).await;
    let orders = orders.map_err(|source| page_failed("history", source))?;
    info!("order history shown");
    Ok(Json(orders))
}

#[instrument(
    name = "POST /checkout",
    skip_all,
    fields(otel.kind = "server", http.route = "/checkout", card = %cart["card"])
)]
async fn checkout(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    Json(cart): Json<Value>,
) -> Result<Json<Value>, Failure> {
    continue_trace(&headers);
    info!(items = cart["items"].as_array().map_or(0, Vec::len), "checkout");
    let order = gateway.client.call(Method::POST, &gateway.orders, "/orders", cart).await;
    order.map(Json).map_err(|source| page_failed("checkout", source))
}

fn page_failed(page: &'static str, source: CallError) -> Failure {
    Failure::new(StatusCode::BAD_GATEWAY, &PageError { page, source })
}

// === impl PageError ===

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed", self.page)
    }
}

impl Error for PageError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}
