//! `Message`: what a service says on its standard output, one JSON object a line. Most are log lines.

use crate::ledger::Ledger;
use serde_json::{Map, Value, json};
use std::net::SocketAddr;

/// One line of a service's standard output.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    /// It serves requests at this address.
    Listening(SocketAddr),
    /// What became of its spans so far.
    Ledger(Ledger),
    /// It logged something.
    Line(LogLine),
    /// Anything else.
    Other(String),
}

/// A log line as `throughline::init` writes it where no person reads along: JSON, with the ids at the top level.
#[derive(Clone, Debug)]
pub(crate) struct LogLine {
    pub(crate) timestamp: String,
    pub(crate) level: String,
    pub(crate) target: String,
    /// Empty outside of any span.
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    /// The message and the fields.
    pub(crate) text: String,
}

// === impl Message ===

impl Message {
    /// Writes the message to standard output. If nobody reads there, the parent process is gone.
    pub(crate) fn say(&self) {
        use std::io::Write;
        let line = match self {
            Message::Listening(address) => json!({ "listening": address.to_string() }),
            Message::Ledger(ledger) => json!({ "ledger": ledger.to_json() }),
            Message::Line(_) | Message::Other(_) => return,
        };
        let _ = writeln!(std::io::stdout(), "{line}");
    }

    pub(crate) fn read(line: String) -> Self {
        let Ok(json) = serde_json::from_str::<Value>(&line) else { return Message::Other(line) };
        let listening = json["listening"].as_str().and_then(|address| address.parse().ok());
        let known = listening
            .map(Message::Listening)
            .or_else(|| Ledger::from_json(&json["ledger"]).map(Message::Ledger))
            .or_else(|| LogLine::from_json(&json).map(Message::Line));
        known.unwrap_or(Message::Other(line))
    }
}

// === impl LogLine ===

impl LogLine {
    fn from_json(json: &Value) -> Option<Self> {
        let text = |key: &str| json[key].as_str().map(str::to_owned);
        Some(LogLine {
            timestamp: text("timestamp")?,
            level: text("level")?,
            target: text("target")?,
            trace_id: text("trace_id").unwrap_or_default(),
            span_id: text("span_id").unwrap_or_default(),
            text: words(json["fields"].as_object()?),
        })
    }
}

/// The message, then the other fields as `key=value`.
fn words(fields: &Map<String, Value>) -> String {
    let message = fields.get("message").and_then(Value::as_str).map(str::to_owned);
    let others = fields.iter().filter(|(key, _)| *key != "message");
    let others = others.map(|(key, value)| format!("{key}={value}"));
    message.into_iter().chain(others).collect::<Vec<_>>().join(" ")
}
