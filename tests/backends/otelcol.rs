//! `Otelcol`: the OpenTelemetry Collector, and what it received as it says itself.

use crate::server::Server;
use serde_json::Value as Json;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Receives OTLP, and writes each request as a line of OTLP JSON.
pub(crate) struct Otelcol(Server);

/// All that it wrote until its end.
pub(crate) struct Written {
    pub(crate) spans: Vec<Item>,
    pub(crate) logs: Vec<Item>,
}

/// A span or a log record, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) resource: Json,
    pub(crate) scope: Json,
    pub(crate) schema_urls: [Json; 2],
    /// The span or the log record itself.
    pub(crate) body: Json,
}

// === impl Otelcol ===

impl Otelcol {
    pub(crate) fn start() -> Otelcol {
        Otelcol(Server::start("otelcol"))
    }

    /// The base URL for OTLP over HTTP.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.0.address("otlp_http"))
    }

    /// Where its port for OTLP over HTTP is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address("otlp_http")
    }

    /// Ends it for a while. What it has written stays in the file that is given.
    pub(crate) fn stop(&mut self) -> PathBuf {
        assert!(self.0.end().success(), "it ends as it should");
        // It empties its files when it starts.
        let (written, kept) = (self.0.folder.join("traces.jsonl"), self.0.folder.join("traces-before.jsonl"));
        fs::rename(written, &kept).expect("the collector has made its files");
        kept
    }

    /// Starts it again after a stop.
    pub(crate) fn resume(&mut self) {
        let config = self.0.folder.join("config.yaml");
        self.0.start_again(Command::new(Server::program("otelcol")).arg("--config").arg(config));
    }

    /// Ends it; the folder of what it has written is there until this is dropped.
    pub(crate) fn end(&mut self) -> &Path {
        assert!(self.0.end().success(), "it ends as it should");
        &self.0.folder
    }

    /// Ends it, and reads what it has written: all that it answered with success.
    pub(crate) fn written(mut self) -> Written {
        assert!(self.0.end().success(), "it ends as it should");
        Written {
            spans: items(&self.0.folder.join("traces.jsonl"), ["resourceSpans", "scopeSpans", "spans"]),
            logs: items(&self.0.folder.join("logs.jsonl"), ["resourceLogs", "scopeLogs", "logRecords"]),
        }
    }
}

// === impl Item ===

impl Item {
    /// The `service.name` of its resource.
    pub(crate) fn service(&self) -> &str {
        let attributes = self.resource["attributes"].as_array().expect("a resource has attributes");
        let name = attributes.iter().find(|attribute| attribute["key"] == "service.name");
        name.and_then(|name| name["value"]["stringValue"].as_str()).expect("each test sets a service name")
    }
}

/// The items of a file, in order; the names are those of OTLP JSON, from the outermost list inwards.
fn items(file: &Path, [resources, scopes, bodies]: [&str; 3]) -> Vec<Item> {
    let text = fs::read_to_string(file).expect("the collector has made its files");
    let mut items = Vec::new();
    for line in text.lines() {
        let request: Json = serde_json::from_str(&doubles_as_text(line)).expect("a line is JSON");
        for of_resource in list(&request, resources) {
            for of_scope in list(of_resource, scopes) {
                items.extend(list(of_scope, bodies).iter().map(|body| Item {
                    resource: of_resource["resource"].clone(),
                    scope: of_scope["scope"].clone(),
                    schema_urls: [of_resource["schemaUrl"].clone(), of_scope["schemaUrl"].clone()],
                    body: body.clone(),
                }));
            }
        }
    }
    items
}

/// Doubles as texts of their digits: a reader of JSON may round the last bit. (Inside of a text, no key ends in `":`.)
fn doubles_as_text(line: &str) -> String {
    let mut parts = line.split("\"doubleValue\":");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str("\"doubleValue\":");
        let digits = part.find([',', '}']).expect("a value ends");
        match part.starts_with('"') {
            true => text.push_str(part),
            false => text.push_str(&format!("\"{}\"{}", &part[..digits], &part[digits..])),
        }
    }
    text
}

fn list<'a>(of: &'a Json, name: &str) -> &'a [Json] {
    of[name].as_array().unwrap_or_else(|| panic!("no {name} in {of}"))
}

#[test]
fn doubles_keep_their_digits() {
    let line = r#"{"a":{"doubleValue":-1.5e-7},"b":[{"doubleValue":0},{"doubleValue":"NaN"}],"c":"\"doubleValue\":1"}"#;
    let read: Json = serde_json::from_str(&doubles_as_text(line)).expect("it stays JSON");
    assert_eq!(read["a"]["doubleValue"], "-1.5e-7");
    assert_eq!((&read["b"][0]["doubleValue"], &read["b"][1]["doubleValue"]), (&"0".into(), &"NaN".into()));
    assert_eq!(read["c"], "\"doubleValue\":1");
}
