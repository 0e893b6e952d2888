//! Asks a collector over HTTP: one GET a connection.

use super::fault::Fault;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long the collector may take to accept, and between two pieces of its answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The body of the answer to `GET path`; anything but 200 is a fault that says what the collector said.
pub(super) fn get(addr: SocketAddr, path: &str) -> Result<String, Fault> {
    let answer = exchange(addr, path).map_err(|e| {
        Fault::failed(format_args!(
            "no collector answers on {addr}: {e}; start one with `throughline serve`, or see --http"
        ))
    })?;
    let strange = || Fault::failed(format_args!("what answers on {addr} is not a collector"));
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(strange)?;
    match head.split(' ').nth(1) {
        Some("200") => Ok(body.to_owned()),
        Some(status) => Err(Fault::failed(format_args!("{} ({status})", message(body)))),
        None => Err(strange()),
    }
}

/// Text for a path or a query, everything but letters, digits and a few marks escaped.
pub(super) fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

fn exchange(addr: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&addr, TIMEOUT)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// The message of an error in Jaeger's shape, else the body itself.
fn message(body: &str) -> String {
    let json: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let message = json.as_ref().and_then(|json| json["errors"][0]["msg"].as_str());
    message.unwrap_or(body.trim()).to_owned()
}
