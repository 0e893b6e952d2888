//! What is around the routes of a service: tracing is set up, a port is found, the parent process is obeyed.

use super::Result;
use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// How a service begins to say where it listens.
pub(super) const LISTENING: &str = "listening ";
/// How long the last spans may take to be delivered.
const DELIVERY: Duration = Duration::from_secs(3);

/// Serves until standard input is closed, which is also what happens if the parent process is killed.
///
/// The service's name and where its spans go were put into the environment: `OTEL_SERVICE_NAME`,
/// `OTEL_EXPORTER_OTLP_ENDPOINT`.
pub(crate) fn serve<S>(serve: impl FnOnce(TcpListener) -> S) -> Result<()>
where
    S: Future<Output = Result<()>>,
{
    let guard = throughline::init()?;
    let runtime = Runtime::new()?;
    let (told, end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        let _ = told.send(());
    });
    let served = runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        writeln!(std::io::stdout(), "{LISTENING}{}", listener.local_addr()?)?;
        tokio::select! {
            served = serve(listener) => served,
            _ = end => Ok(()),
        }
    });
    guard.shutdown(DELIVERY)?;
    served
}

/// Where another service listens.
pub(crate) fn url_of(service: &str) -> Result<String> {
    let variable = url_variable(service);
    std::env::var(&variable).map_err(|error| format!("{variable}: {error}").into())
}

/// The environment variable that says where a service listens.
pub(super) fn url_variable(service: &str) -> String {
    format!("{}_URL", service.to_uppercase())
}
