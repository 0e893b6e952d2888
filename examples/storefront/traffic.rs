//! `Traffic`: what customers do, one after the other.

use crate::client::{Client, request};
use crate::payments::{BROKEN_CARD, SLOW_CARD};
use axum::http::{Method, StatusCode};
use serde_json::json;
use std::error::Error;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::{Duration, Instant};
use throughline::TraceId;

/// Between two requests of the light traffic.
const PAUSE: Duration = Duration::from_millis(600);
/// In this order they come again and again; the last one is shown as a trace.
const VISITS: [Visit; 5] = [
    Visit { method: Method::GET, path: "/product", card: "", shows: "three services are asked at once" },
    Visit { method: Method::GET, path: "/history", card: "", shows: "a query, and one more a row: N+1" },
    Visit { method: Method::POST, path: "/checkout", card: "good", shows: "all four services" },
    Visit { method: Method::POST, path: "/checkout", card: SLOW_CARD, shows: "a bank that takes its time" },
    Visit { method: Method::POST, path: "/checkout", card: BROKEN_CARD, shows: "a bank that hangs up" },
];

/// Something that a customer does.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) shows: &'static str,
    card: &'static str,
}

/// What the customer saw.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) visit: Visit,
    pub(crate) status: StatusCode,
    pub(crate) took: Duration,
    /// Told where something went wrong.
    pub(crate) trace_id: Option<TraceId>,
}

/// Customers of one gateway.
pub(crate) struct Traffic {
    client: Client,
    gateway: String,
}

// === impl Traffic ===

impl Traffic {
    pub(crate) fn new(gateway: SocketAddr) -> Self {
        Traffic { client: Client::new(), gateway: format!("http://{gateway}") }
    }

    /// Each visit once.
    pub(crate) async fn first_round(&self) -> Result<Vec<Seen>, Box<dyn Error>> {
        let mut all = Vec::new();
        for visit in VISITS {
            all.push(self.make(visit).await?);
        }
        Ok(all)
    }

    /// Visits until the end comes; the last one is not cut short, so that no span stays open.
    pub(crate) async fn go_on(&self, end: impl Future<Output = ()>) -> Result<(), Box<dyn Error>> {
        let mut end = pin!(end);
        for visit in VISITS.into_iter().cycle() {
            tokio::select! {
                () = &mut end => break,
                () = tokio::time::sleep(PAUSE) => {}
            }
            self.make(visit).await?;
        }
        Ok(())
    }

    async fn make(&self, visit: Visit) -> Result<Seen, Box<dyn Error>> {
        let body = json!({ "items": ["mug", "lamp", "chair"], "card": visit.card });
        let request = request(visit.method.clone(), &self.gateway, visit.path, &body)?;
        let begun = Instant::now();
        let answer = self.client.send(request).await;
        let answer = answer.map_err(|error| format!("{} {}: {error}", visit.method, visit.path))?;
        let trace_id = answer.body["trace_id"].as_str().and_then(|id| id.parse().ok());
        Ok(Seen { visit, status: answer.status, took: begun.elapsed(), trace_id })
    }
}
