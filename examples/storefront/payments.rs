//! Payments: asks a bank, which is slow with one card and breaks with another.

use crate::database::query;
use crate::failure::Failure;
use crate::service::continue_trace;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;
use tracing::{error, info, instrument, warn};

/// The bank takes its time with this card.
pub(crate) const SLOW_CARD: &str = "slow";
/// The bank hangs up on this card.
pub(crate) const BROKEN_CARD: &str = "broken";

/// A charge that did not happen.
#[derive(Debug)]
struct ChargeError {
    card: String,
    source: BankError,
}

/// What went wrong with the bank.
#[derive(Debug)]
enum BankError {
    Unreachable(io::Error),
}

pub(crate) fn routes() -> Router {
    Router::new().route("/offers", get(offers)).route("/quotes", post(quote)).route("/charges", post(charge))
}

#[instrument(name = "GET /offers", skip_all, fields(otel.kind = "server", http.route = "/offers"))]
async fn offers(headers: HeaderMap) -> Json<Value> {
    continue_trace(&headers);
    query("SELECT offers", 14).await;
    Json(json!({ "offers": ["invoice", "card"] }))
}

#[instrument(name = "POST /quotes", skip_all, fields(otel.kind = "server", http.route = "/quotes"))]
async fn quote(headers: HeaderMap) -> Json<Value> {
    continue_trace(&headers);
    query("SELECT prices", 12).await;
    Json(json!({ "cents": 5990 }))
}

#[instrument(name = "POST /charges", skip_all, fields(otel.kind = "server", http.route = "/charges"))]
async fn charge(headers: HeaderMap, Json(cart): Json<Value>) -> Result<Json<Value>, Failure> {
    continue_trace(&headers);
    let card = cart["card"].as_str().unwrap_or_default();
    info!(card, "asking the bank");
    authorize(card).await.map_err(|source| {
        Failure::new(StatusCode::BAD_GATEWAY, &ChargeError { card: card.to_owned(), source })
    })?;
    info!(card, "charged");
    Ok(Json(json!({ "charged": true })))
}

/// The bank's part.
#[instrument(name = "authorize", skip_all, fields(otel.kind = "client", server.address = "bank.example", card))]
async fn authorize(card: &str) -> Result<(), BankError> {
    tokio::time::sleep(Duration::from_millis(35)).await;
    match card {
        SLOW_CARD => {
            warn!("the bank is slow");
            tokio::time::sleep(Duration::from_millis(420)).await;
            Ok(())
        }
        BROKEN_CARD => {
            let error = BankError::Unreachable(io::ErrorKind::ConnectionReset.into());
            error!(error = &error as &dyn Error);
            Err(error)
        }
        _ => Ok(()),
    }
}

// === impl ChargeError ===

impl fmt::Display for ChargeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} card was not charged", self.card)
    }
}

impl Error for ChargeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

// === impl BankError ===

impl fmt::Display for BankError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BankError::Unreachable(_) => f.write_str("the bank cannot be reached"),
        }
    }
}

impl Error for BankError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            BankError::Unreachable(source) => Some(source),
        }
    }
}
