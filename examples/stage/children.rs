//! `Children`: the services' processes, from the first word of each to its end.

use super::Result;
use super::service::{LISTENING, url_variable};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// A service is ready after so long, or never; it has ended so long after it was told to.
const PATIENCE: Duration = Duration::from_secs(20);
/// What a user's environment may say that would make the example another one.
const FOREIGN: [&str; 4] = ["OTEL_", "THROUGHLINE_", "RUST_LOG", "TRACEPARENT"];

/// The processes that were started. Dropped, they are killed.
pub(super) struct Children {
    running: Vec<(&'static str, Child, Receiver<String>)>,
    variables: Vec<(String, String)>,
}

// === impl Children ===

impl Children {
    pub(super) fn new(collector: SocketAddr) -> Self {
        let variable = |name: &str, value: String| (name.to_owned(), value);
        let variables = vec![
            variable("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{collector}")),
            // Nothing here goes through a proxy.
            variable("NO_PROXY", "127.0.0.1".to_owned()),
        ];
        Children { running: Vec::new(), variables }
    }

    /// Starts this program again as a service, which the next ones are told of.
    pub(super) fn start(&mut self, service: &'static str) -> Result<SocketAddr> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["service", service]).stdin(Stdio::piped()).stdout(Stdio::piped());
        for (name, _) in std::env::vars_os() {
            if FOREIGN.iter().any(|foreign| name.to_string_lossy().starts_with(foreign)) {
                command.env_remove(name);
            }
        }
        let mut child = command
            .env("OTEL_SERVICE_NAME", service)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(|line| line.ok());
            // Nobody hears it any more once everything is being stopped.
            lines.for_each(|line| drop(sender.send(line)));
        });
        let first = lines.recv_timeout(PATIENCE);
        self.running.push((service, child, lines));
        let first = first.map_err(|error| format!("{service} does not listen: {error}"))?;
        let address = first.strip_prefix(LISTENING).ok_or_else(|| format!("{service} says {first:?}"))?;
        self.variables.push((url_variable(service), format!("http://{address}")));
        Ok(address.parse()?)
    }

    /// Ends all, the callers before the called, and gives what they have logged.
    pub(super) fn end(&mut self) -> Result<Vec<String>> {
        let mut logged = Vec::new();
        for (service, mut child, lines) in self.running.drain(..).rev() {
            drop(child.stdin.take());
            let end = Instant::now() + PATIENCE;
            loop {
                match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                    Ok(line) => logged.push(shown(service, &line)),
                    Err(RecvTimeoutError::Disconnected) => break,
                    Err(RecvTimeoutError::Timeout) => {
                        child.kill()?;
                        return Err(format!("{service} does not end").into());
                    }
                }
            }
            let status = child.wait()?;
            if !status.success() {
                return Err(format!("{service} ended with {status}").into());
            }
        }
        Ok(logged)
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        for (_, child, _) in &mut self.running {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A log line, which is JSON where no person reads along, in columns.
fn shown(service: &str, line: &str) -> String {
    let Ok(json) = serde_json::from_str::<Value>(line) else { return format!("{service}: {line}") };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (trace_id, span_id) = (text(&json["trace_id"]), text(&json["span_id"]));
    let (level, message) = (text(&json["level"]), text(&json["fields"]["message"]));
    format!("{service:<7}  {level:<5}  {trace_id} {span_id}  {message}")
}
