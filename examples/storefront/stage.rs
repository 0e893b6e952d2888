//! The stage: starts the collector and the services, has some traffic made, shows what came of it, ends everything.

use crate::children::Children;
use crate::collector;
use crate::report;
use crate::service::{SERVICES, url_variable};
use crate::traffic::Traffic;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use throughline_collector::Collector;

/// Spans wait no longer than this, in milliseconds, so that the viewer has them at once.
const SCHEDULE_DELAY: &str = "500";

/// Runs the example: until something has been shown, or until Ctrl-C.
pub(crate) fn run(exit: bool) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let collector = collector::start()?;
        let mut children = Children::new();
        let played = play(&collector, &mut children, exit).await;
        let stopped = children.stop().await;
        // The collector goes last: the services deliver until they end.
        collector.shutdown();
        played.and(stopped)
    })
}

async fn play(collector: &Collector, children: &mut Children, exit: bool) -> Result<(), Box<dyn Error>> {
    let traffic = tokio::select! {
        traffic = show(collector, children) => traffic?,
        () = interrupted() => return Ok(()),
    };
    report::viewer(collector)?;
    if exit {
        return Ok(());
    }
    report::going_on()?;
    children.during(traffic.go_on(interrupted())).await?;
    report::ledger(&children.ledgers().await?, collector)?;
    Ok(())
}

/// Has each visit made once, and shows what is to be seen of it.
async fn show(collector: &Collector, children: &mut Children) -> Result<Traffic, Box<dyn Error>> {
    let gateway = start_services(collector, children).await?;
    report::started(collector)?;
    let traffic = Traffic::new(gateway);
    let seen = children.during(traffic.first_round()).await?;
    report::visits(&seen)?;
    // Reporting delivers the spans first, and comes after all log lines.
    let ledgers = children.ledgers().await?;
    let id = seen.iter().rev().find_map(|seen| seen.trace_id).ok_or("no answer told its trace id")?;
    let trace = collector.store().trace(id).ok_or_else(|| format!("the collector has no trace {id}"))?;
    report::log_lines(children.take_lines(), id)?;
    report::waterfall(&trace)?;
    report::ledger(&ledgers, collector)?;
    Ok(traffic)
}

/// Starts each service after those that it calls; the address of the last, the gateway.
async fn start_services(
    collector: &Collector,
    children: &mut Children,
) -> Result<SocketAddr, Box<dyn Error>> {
    let endpoint = collector.otlp_http_addr().ok_or("the collector receives nothing")?;
    let mut variables = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), format!("http://{endpoint}")),
        ("OTEL_BSP_SCHEDULE_DELAY".to_owned(), SCHEDULE_DELAY.to_owned()),
        // Nothing here goes through a proxy.
        ("NO_PROXY".to_owned(), Ipv4Addr::LOCALHOST.to_string()),
    ];
    let mut last = endpoint;
    for service in SERVICES {
        last = children.start(service, &variables).await?;
        variables.push((url_variable(service), format!("http://{last}")));
    }
    Ok(last)
}

/// Returns when the user, or the system, asks for the end.
#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(mut interrupt), Ok(mut terminate)) => {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        // Then the signals end us as they always do, and the services with us.
        _ => std::future::pending().await,
    }
}

/// Returns when the user asks for the end.
#[cfg(not(unix))]
async fn interrupted() {
    let _ = tokio::signal::ctrl_c().await;
}
