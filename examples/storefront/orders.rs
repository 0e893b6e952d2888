//! Orders: places them, and lists them with one query too many for each (N+1).

use crate::client::{CallError, Client};
use crate::database::query;
use crate::failure::Failure;
use crate::service::{continue_trace, url_of};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use tracing::{info, instrument};

/// Orders in everybody's history.
const HISTORY: u64 = 8;

/// What the handlers need.
struct Orders {
    client: Client,
    inventory: String,
    payments: String,
}

/// An order that was not placed.
#[derive(Debug)]
struct OrderError {
    step: &'static str,
    source: CallError,
}

pub(crate) fn routes() -> Result<Router, Box<dyn Error>> {
    let orders =
        Orders { client: Client::new(), inventory: url_of("inventory")?, payments: url_of("payments")? };
    let routes = Router::new().route("/orders", get(list).post(place)).route("/ratings", get(ratings));
    Ok(routes.with_state(Arc::new(orders)))
}

/// Reserves and asks for the price at the same time, then charges, then writes the order down.
#[instrument(name = "POST /orders", skip_all, fields(otel.kind = "server", http.route = "/orders"))]
async fn place(
    State(orders): State<Arc<Orders>>,
    headers: HeaderMap,
    Json(cart): Json<Value>,
) -> Result<Json<Value>, Failure> {
    continue_trace(&headers);
    let post = |base, path| orders.client.call(Method::POST, base, path, cart.clone());
    let (reserved, price) =
        tokio::join!(post(&orders.inventory, "/reservations"), post(&orders.payments, "/quotes"));
    reserved.map_err(|source| not_placed("the reservation", source))?;
    let price = price.map_err(|source| not_placed("the quote", source))?;
    info!(cents = price["cents"].as_u64(), "items reserved, price known");
    post(&orders.payments, "/charges").await.map_err(|source| not_placed("the payment", source))?;
    query("INSERT orders", 4).await;
    info!("order placed");
    Ok(Json(json!({ "order": "placed" })))
}

/// One query for the orders, and then one more for each of them: a join would have done.
#[instrument(name = "GET /orders", skip_all, fields(otel.kind = "server", http.route = "/orders"))]
async fn list(headers: HeaderMap) -> Json<Value> {
    continue_trace(&headers);
    query("SELECT orders", 6).await;
    for _ in 0..HISTORY {
        query("SELECT order_items", 5).await;
    }
    info!(orders = HISTORY, "orders listed");
    Json(json!({ "orders": HISTORY }))
}

#[instrument(name = "GET /ratings", skip_all, fields(otel.kind = "server", http.route = "/ratings"))]
async fn ratings(headers: HeaderMap) -> Json<Value> {
    continue_trace(&headers);
    query("SELECT ratings", 18).await;
    Json(json!({ "stars": 4.5 }))
}

fn not_placed(step: &'static str, source: CallError) -> Failure {
    Failure::new(StatusCode::BAD_GATEWAY, &OrderError { step, source })
}

// === impl OrderError ===

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no order: {} failed", self.step)
    }
}

impl Error for OrderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}
