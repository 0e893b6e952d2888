//! `Children`: the services' processes, from the first word of each to its end.

use crate::ledger::Ledger;
use crate::message::{LogLine, Message};
use crate::service::{REPORT, SERVICES};
use std::error::Error;
use std::net::SocketAddr;
use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child as Process, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

/// A service is ready after so long, or never.
const READY: Duration = Duration::from_secs(20);
/// A service reports its ledger within this: delivering its spans is part of it.
const REPORTED: Duration = Duration::from_secs(10);
/// A service has ended so long after its standard input, or is killed.
const ENDED: Duration = Duration::from_secs(8);
/// If a request fails because its service died, the death is known this much later.
const DEATH_KNOWN: Duration = Duration::from_millis(500);
/// What a user's environment may say that would make the example another one.
const FOREIGN: [&str; 4] = ["OTEL_", "THROUGHLINE_", "RUST_LOG", "TRACEPARENT"];

/// The processes of all services that were started. Dropped, they are killed.
pub(crate) struct Children {
    children: Vec<Child>,
    sender: UnboundedSender<Heard>,
    heard: UnboundedReceiver<Heard>,
    /// What was logged, with the service, until somebody takes it; then no more is kept.
    lines: Option<Vec<(&'static str, LogLine)>>,
}

struct Child {
    service: &'static str,
    process: Process,
    /// Closing it ends the service.
    input: Option<ChildStdin>,
}

/// A line of a service's output, or the end of it.
struct Heard {
    service: &'static str,
    message: Option<Message>,
}

// === impl Children ===

impl Children {
    pub(crate) fn new() -> Self {
        let (sender, heard) = unbounded_channel();
        Children { children: Vec::new(), sender, heard, lines: Some(Vec::new()) }
    }

    /// Starts a service, and waits until it says where it listens.
    pub(crate) async fn start(
        &mut self,
        service: &'static str,
        variables: &[(String, String)],
    ) -> Result<SocketAddr, Box<dyn Error>> {
        let mut process = command(service, variables)?.spawn()?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        self.children.push(Child { service, process, input });
        if let Some(output) = output {
            tokio::spawn(listen(service, output, self.sender.clone()));
        }
        let listening = async {
            loop {
                match self.hear().await? {
                    (who, Message::Listening(address)) if who == service => return Ok(address),
                    _ => {}
                }
            }
        };
        let late = |_| Err(format!("{service} was not ready after {READY:?}").into());
        timeout(READY, listening).await.unwrap_or_else(late)
    }

    /// Does some work for as long as all services live.
    pub(crate) async fn during<T>(
        &mut self,
        work: impl Future<Output = Result<T, Box<dyn Error>>>,
    ) -> Result<T, Box<dyn Error>> {
        let mut died = pin!(self.death());
        let failed = tokio::select! {
            biased;
            error = &mut died => return Err(error),
            done = work => match done {
                Err(error) => error,
                done => return done,
            },
        };
        Err(timeout(DEATH_KNOWN, died).await.unwrap_or(failed))
    }

    /// Has every service deliver its spans, and say what became of them: the gateway first, the others in the order
    /// in which they are called.
    pub(crate) async fn ledgers(&mut self) -> Result<Vec<(&'static str, Ledger)>, Box<dyn Error>> {
        for Child { service, input, .. } in &mut self.children {
            let Some(input) = input else { continue };
            let order = format!("{REPORT}\n");
            let asked = input.write_all(order.as_bytes()).await;
            asked.map_err(|error| format!("{service} cannot be asked for its ledger: {error}"))?;
        }
        let mut ledgers = Vec::new();
        let reported = async {
            while ledgers.len() < self.children.len() {
                if let (service, Message::Ledger(ledger)) = self.hear().await? {
                    ledgers.push((service, ledger));
                }
            }
            Ok::<_, Box<dyn Error>>(())
        };
        timeout(REPORTED, reported).await.map_err(|_| format!("no ledger after {REPORTED:?}"))??;
        ledgers.sort_by_key(|(service, _)| SERVICES.iter().rev().position(|known| known == service));
        Ok(ledgers)
    }

    /// What was logged until now, by all services; what follows is not kept.
    pub(crate) fn take_lines(&mut self) -> Vec<(&'static str, LogLine)> {
        self.lines.take().unwrap_or_default()
    }

    /// Ends all services, the callers before the called.
    pub(crate) async fn stop(mut self) -> Result<(), Box<dyn Error>> {
        let mut stopped = Ok(());
        for mut child in self.children.drain(..).rev() {
            drop(child.input.take());
            match timeout(ENDED, child.process.wait()).await {
                Ok(Ok(status)) if status.success() => {}
                Ok(Ok(status)) => stopped = Err(format!("{} ended with {status}", child.service).into()),
                Ok(Err(error)) => stopped = Err(error.into()),
                Err(_) => {
                    let _ = child.process.kill().await;
                    stopped = Err(format!("{} did not end and was killed", child.service).into());
                }
            }
        }
        stopped
    }

    /// The next thing that a service says and that is no log line; an error if one has ended.
    async fn hear(&mut self) -> Result<(&'static str, Message), Box<dyn Error>> {
        loop {
            // We hold a sender: the channel does not end.
            let Some(Heard { service, message }) = self.heard.recv().await else { continue };
            match message {
                Some(Message::Line(line)) => self.keep(service, line),
                Some(Message::Other(text)) => eprintln!("{service}: {text}"),
                Some(message) => return Ok((service, message)),
                None => return Err(self.end_of(service).await.into()),
            }
        }
    }

    /// Keeps a log line; what throughline itself warns of is shown at once.
    fn keep(&mut self, service: &'static str, line: LogLine) {
        if line.target == "throughline" && line.level == "WARN" {
            eprintln!("{service}: {}", line.text);
        }
        if let Some(lines) = &mut self.lines {
            lines.push((service, line));
        }
    }

    /// Returns when a service has ended, with the reason.
    async fn death(&mut self) -> Box<dyn Error> {
        loop {
            if let Err(error) = self.hear().await {
                return error;
            }
        }
    }

    async fn end_of(&mut self, service: &str) -> String {
        let child = self.children.iter_mut().find(|child| child.service == service);
        let Some(child) = child else { return format!("{service} ended") };
        match timeout(Duration::from_secs(1), child.process.wait()).await {
            Ok(Ok(status)) => format!("{service} ended unasked with {status}"),
            _ => format!("{service} closed its output unasked"),
        }
    }
}

/// This program again, as a service.
fn command(service: &str, variables: &[(String, String)]) -> Result<Command, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["service", service]).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    for (name, _) in std::env::vars_os() {
        if FOREIGN.iter().any(|foreign| name.to_string_lossy().starts_with(foreign)) {
            command.env_remove(name);
        }
    }
    command.env("OTEL_SERVICE_NAME", service).envs(variables.iter().cloned());
    Ok(command)
}

/// Passes on what a service says.
async fn listen(service: &'static str, output: ChildStdout, heard: UnboundedSender<Heard>) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        // Nobody hears it any more once everything is being stopped.
        let _ = heard.send(Heard { service, message: Some(Message::read(line)) });
    }
    let _ = heard.send(Heard { service, message: None });
}
