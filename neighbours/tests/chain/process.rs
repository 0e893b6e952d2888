//! `Process`: a service that runs.

use crate::service::Service;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Longer than any service takes to start or to end, on a machine that is busy.
const BOUND: Duration = Duration::from_secs(60);

/// A running service. It ends when its standard input is closed, also because we are gone; dropped, it is killed.
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<String>,
    pub(crate) address: SocketAddr,
}

// === impl Process ===

impl Process {
    /// Starts it, and waits until it says where it listens.
    pub(crate) fn start(service: &Service, variables: &[(&str, String)]) -> Process {
        let name = service.name;
        let mut command = service.command();
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it is installed");
        let (input, output) = (child.stdin.take(), child.stdout.take().expect("it was asked for"));
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(|line| line.ok());
            // Nobody hears it any more once the process is dropped.
            lines.for_each(|line| drop(sender.send(line)));
        });
        let address = SocketAddr::from(([0; 4], 0));
        let mut process = Process { name, child, input, output: receiver, address };
        let line = process.output.recv_timeout(BOUND);
        let line =
            line.unwrap_or_else(|error| panic!("{name} does not listen: {error}; what it says is above"));
        let address = line.strip_prefix("listening ").and_then(|address| address.parse().ok());
        process.address = address.unwrap_or_else(|| panic!("{name} says {line:?}"));
        process
    }

    /// Lets it deliver what it has recorded and end; what it has written to standard output.
    pub(crate) fn end(mut self) -> Vec<String> {
        drop(self.input.take());
        let (name, until) = (self.name, Instant::now() + BOUND);
        let mut lines = Vec::new();
        loop {
            match self.output.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("{name} does not end"),
            }
        }
        let status = self.child.wait().expect("it is our child");
        assert!(status.success(), "{name} ended with {status}");
        lines
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
