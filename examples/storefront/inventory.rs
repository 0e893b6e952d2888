//! The inventory: knows what is there, and keeps it for an order.

use crate::database::query;
use crate::service::continue_trace;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tracing::{info, instrument};

pub(crate) fn routes() -> Router {
    Router::new().route("/stock", get(stock)).route("/reservations", post(reserve))
}

#[instrument(name = "GET /stock", skip_all, fields(otel.kind = "server", http.route = "/stock"))]
async fn stock(headers: HeaderMap) -> Json<Value> {
    continue_trace(&headers);
    query("SELECT stock", 9).await;
    Json(json!({ "left": 12 }))
}

#[instrument(
    name = "POST /reservations",
    skip_all,
    fields(otel.kind = "server", http.route = "/reservations")
)]
async fn reserve(headers: HeaderMap, Json(cart): Json<Value>) -> Json<Value> {
    continue_trace(&headers);
    query("SELECT stock", 8).await;
    query("UPDATE stock", 22).await;
    info!(items = cart["items"].as_array().map_or(0, Vec::len), "stock reserved");
    Json(json!({ "reserved": true }))
}
