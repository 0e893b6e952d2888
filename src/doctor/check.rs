//! The way to one endpoint, step by step.

use super::finding::{Finding, Problem};
use super::judge::{grpc_port, judge, set, shown_host};
use super::probe::{Speaks, probe};
use super::report::Checked;
use crate::export::{Failure, FailureKind, Http, Signal, bare_host, without_secrets};
use reqwest::Url;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// For the name and for the connection, each.
const REACH: Duration = Duration::from_secs(3);
/// Of the addresses of a name so many are tried, each for its part of the time: one that says nothing must not hide the
/// next.
const ADDRESSES: usize = 4;
/// For the export.
const ANSWER: Duration = Duration::from_secs(5);

/// Goes all the way, until something is wrong.
pub(super) async fn check(signal: Signal, http: &Http) -> Checked {
    let mut checked = Checked::new(signal, http.endpoint(), http.origin());
    let address = match reach(http, &mut checked).await {
        Ok(address) => address,
        Err(finding) => {
            checked.find(finding);
            return checked;
        }
    };
    let begun = Instant::now();
    let late = |_| {
        let reason = format!("no answer in time from {}", http.endpoint());
        Err(Failure { kind: FailureKind::Timeout, reason })
    };
    match timeout(ANSWER, http.post(Vec::new())).await.unwrap_or_else(late) {
        Ok(answer) => {
            let findings = judge(signal, http, &answer, SystemTime::now());
            if findings.iter().all(|finding| finding.problem() == Problem::Clock) {
                let took = begun.elapsed().as_millis();
                checked.pass(format!("an export with nothing in it is taken ({}, {took} ms)", answer.status));
            }
            findings.into_iter().for_each(|finding| checked.find(finding));
        }
        Err(failure) => checked.find(diagnose(http, address, &failure).await),
    }
    checked
}

/// Resolves the name and connects: to the endpoint, or to the proxy that stands before it.
async fn reach(http: &Http, checked: &mut Checked) -> Result<SocketAddr, Finding> {
    let (url, what) = match http.proxy() {
        Some(proxy) => (proxy, format!("the proxy {}", without_secrets(proxy.as_str()))),
        None => (http.url(), shown_host(http)),
    };
    let addresses = resolve(url).await.map_err(|reason| no_name(http, url, &reason))?;
    let mut refusal = io::Error::from(io::ErrorKind::TimedOut);
    let each = REACH / addresses.len().clamp(1, ADDRESSES) as u32;
    for address in addresses.into_iter().take(ADDRESSES) {
        match timeout(each, TcpStream::connect(address)).await {
            Ok(Ok(_)) => {
                checked.pass(format!("{what} accepts connections ({address})"));
                return Ok(address);
            }
            Ok(Err(error)) => refusal = error,
            Err(_) => {}
        }
    }
    Err(not_there(http, &what, &refusal))
}

async fn resolve(url: &Url) -> Result<Vec<SocketAddr>, String> {
    // A SOCKS proxy without one: as the client reads it.
    let port = url.port_or_known_default().unwrap_or(80);
    match timeout(REACH, lookup_host((bare_host(url), port))).await {
        Ok(Ok(found)) => {
            let found: Vec<_> = found.collect();
            if found.is_empty() { Err("it has no address".to_owned()) } else { Ok(found) }
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer in time".to_owned()),
    }
}

fn no_name(http: &Http, url: &Url, reason: &str) -> Finding {
    let message = format!("the name {} does not resolve ({reason})", bare_host(url));
    let advice = match http.proxy() {
        Some(_) => "mend HTTP_PROXY or HTTPS_PROXY".to_owned(),
        None => format!("mend the host in {}, or the name service of this machine", set(http)),
    };
    let problem = if http.proxy().is_some() { Problem::Proxy } else { Problem::NameNotFound };
    Finding::new(problem, message, advice)
}

/// Nobody accepts a connection.
fn not_there(http: &Http, what: &str, error: &io::Error) -> Finding {
    if http.proxy().is_some() {
        let host = bare_host(http.url());
        let advice = format!("mend HTTP_PROXY or HTTPS_PROXY, or set NO_PROXY={host}");
        return Finding::new(Problem::Proxy, format!("{what} cannot be reached ({error})"), advice);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Finding::new(
            Problem::NothingListens,
            format!("nothing listens at {what}"),
            format!("start a collector there, or set {} to where one is", set(http)),
        ),
        _ => Finding::new(
            Problem::Unreachable,
            format!("{what} cannot be reached ({error})"),
            format!("look for a firewall between, or a wrong host or port in {}", set(http)),
        ),
    }
}

/// Why there was no answer: as the exporter tells it, unless what listens there is known better.
async fn diagnose(http: &Http, address: SocketAddr, failure: &Failure) -> Finding {
    if failure.kind == FailureKind::Setup {
        return Finding::new(Problem::Setup, &failure.reason, "");
    }
    if http.proxy().is_some() {
        let host = bare_host(http.url());
        let advice = format!("let the proxy pass us to {}, or set NO_PROXY={host}", shown_host(http));
        return Finding::new(Problem::Proxy, &failure.reason, advice);
    }
    let tls = http.url().scheme() == "https";
    // With TLS, what was agreed on is HTTP/1 or nothing: it can only be asked below TLS.
    if tls && failure.kind == FailureKind::NotHttp {
        return grpc_port(http, "behind TLS it does not speak HTTP/1");
    }
    if tls && failure.reason.contains("HTTP/2 only") {
        return grpc_port(http, "behind TLS it speaks HTTP/2 only");
    }
    match (tls, probe(address, bare_host(http.url())).await) {
        (_, Speaks::Http2) => grpc_port(http, "it speaks HTTP/2 only"),
        (true, Speaks::Http1) => {
            let message = format!("{} does not speak TLS", shown_host(http));
            Finding::new(Problem::NoTls, message, format!("begin {} with http://", set(http)))
        }
        (false, Speaks::Tls) => {
            let message = format!("{} speaks TLS", shown_host(http));
            Finding::new(Problem::TlsExpected, message, format!("begin {} with https://", set(http)))
        }
        (true, Speaks::Tls) if failure.kind == FailureKind::Tls => {
            Finding::new(Problem::TlsRefused, &failure.reason, "")
        }
        _ => silent(http, failure),
    }
}

fn silent(http: &Http, failure: &Failure) -> Finding {
    match failure.kind {
        FailureKind::NotHttp => {
            let message = format!("{} does not speak HTTP", shown_host(http));
            Finding::new(Problem::NotOtlp, message, format!("set {} to a collector", set(http)))
        }
        _ => {
            let advice = format!("look for what listens there, or for a wrong port in {}", set(http));
            Finding::new(Problem::NoAnswer, &failure.reason, advice)
        }
    }
}
