//! What all services share: tracing is set up once, requests are served, the parent process is obeyed.

use crate::ledger::Ledger;
use crate::message::Message;
use crate::{gateway, inventory, orders, payments};
use axum::Router;
use axum::http::HeaderMap;
use std::error::Error;
use std::net::Ipv4Addr;
use std::time::Duration;
use throughline::{Guard, SpanExt, propagation};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tracing::{Span, warn};

/// All services, each after those that it calls.
pub(crate) const SERVICES: [&str; 4] = ["inventory", "payments", "orders", "gateway"];
/// What the parent process writes to ask for a [`Message::Ledger`].
pub(crate) const REPORT: &str = "report";
/// How long the last spans may take to be delivered.
const DELIVERY: Duration = Duration::from_secs(3);

/// Runs a service until its standard input is closed, which is also what happens if the parent process is killed.
///
/// Its name and where its spans go were put into the environment: `OTEL_SERVICE_NAME`, `OTEL_EXPORTER_OTLP_ENDPOINT`.
pub(crate) fn run(name: &str) -> Result<(), Box<dyn Error>> {
    let guard = throughline::init()?;
    let runtime = Runtime::new()?;
    let served = runtime.block_on(serve(name, &guard));
    // Standard input may still be waited for, which cannot be interrupted.
    runtime.shutdown_background();
    // What cannot be delivered any more has been told in the log.
    let _ = guard.shutdown(DELIVERY);
    served
}

/// Makes the current span continue the trace that its request came with.
///
/// The first thing in a handler: a log line or a call hands the span's ids out, and then it is too late.
pub(crate) fn continue_trace(headers: &HeaderMap) {
    if let Err(error) = Span::current().set_parent(propagation::extract(headers)) {
        warn!(%error, "the caller's trace is not continued");
    }
}

/// Where another service listens.
pub(crate) fn url_of(service: &str) -> Result<String, Box<dyn Error>> {
    let variable = url_variable(service);
    std::env::var(&variable).map_err(|error| format!("{variable}: {error}").into())
}

/// The environment variable that says where a service listens.
pub(crate) fn url_variable(service: &str) -> String {
    format!("{}_URL", service.to_uppercase())
}

async fn serve(name: &str, guard: &Guard) -> Result<(), Box<dyn Error>> {
    let routes = routes(name)?;
    // Ctrl-C reaches every process on the terminal; the parent decides what follows from it.
    tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    Message::Listening(listener.local_addr()?).say();
    tokio::select! {
        served = axum::serve(listener, routes) => served?,
        () = obey(guard) => {}
    }
    Ok(())
}

fn routes(name: &str) -> Result<Router, Box<dyn Error>> {
    match name {
        "gateway" => gateway::routes(),
        "orders" => orders::routes(),
        "inventory" => Ok(inventory::routes()),
        "payments" => Ok(payments::routes()),
        _ => Err(format!("there is no service {name:?}").into()),
    }
}

/// Reports when asked to, and returns when standard input is closed.
async fn obey(guard: &Guard) {
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(order)) = orders.next_line().await {
        if order == REPORT {
            // Whatever goes wrong is told in the log, and shows in the ledger.
            let _ = guard.flush_async().await;
            Message::Ledger(Ledger::of(&guard.stats())).say();
        }
    }
}
