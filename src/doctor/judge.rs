//! What the answer to an export with nothing in it says of whoever gave it.

use super::clock::clock;
use super::finding::{Finding, Problem, setting};
use super::path::path;
use crate::export::{Answer, Http, Signal, bare_host, readable, retry_after, without_secrets};
use reqwest::header::{CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER, SERVER, VIA, WWW_AUTHENTICATE};
use std::time::SystemTime;

/// What is wrong, in the order of its weight; nothing, if such an export is taken.
pub(super) fn judge(signal: Signal, http: &Http, answer: &Answer, now: SystemTime) -> Vec<Finding> {
    let of_status = match answer.status {
        200..=299 if is_page(answer) => Some(no_receiver(http, answer)),
        200..=299 => None,
        300..=399 => Some(redirected(http, answer)),
        401 | 403 if is_page(answer) && is_between(http, answer) => Some(no_receiver(http, answer)),
        401 | 403 => Some(credentials(http, answer)),
        404 if is_page(answer) && http.url().path().matches("/v1/").count() == 1 => {
            Some(no_receiver(http, answer))
        }
        404 => Some(path(signal, http.url(), http.origin())),
        405 => Some(no_post(http, answer)),
        407 => Some(proxy(http, answer)),
        415 => Some(encoding(http, answer)),
        400 if answer.text().to_ascii_lowercase().contains("https") => Some(tls_expected(http, answer)),
        426 | 464 => Some(grpc(http, answer.status)),
        429 => Some(busy(http, answer, now)),
        502..=504 if !is_page(answer) || !is_between(http, answer) => Some(busy(http, answer, now)),
        _ if is_page(answer) || answer.header(VIA).is_some() => Some(no_receiver(http, answer)),
        _ => Some(refused(http, answer)),
    };
    let of_clock = answer.header(DATE).and_then(|date| clock(date, now));
    of_status.into_iter().chain(of_clock).collect()
}

/// A port for OTLP over gRPC.
pub(super) fn grpc_port(http: &Http, how: &str) -> Finding {
    let port = http.url().port_or_known_default().unwrap_or_default();
    let message = format!("{} is a gRPC port ({how}), and we send over HTTP", shown_host(http));
    let advice =
        format!("use 4318, where collectors take OTLP over HTTP, instead of {port} in {}", set(http));
    Finding::new(Problem::GrpcPort, message, advice)
}

/// Host and port, as they may be shown.
pub(super) fn shown_host(http: &Http) -> String {
    let url = http.url();
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}

/// What to set for another endpoint.
pub(super) fn set(http: &Http) -> &str {
    setting(http.origin())
}

fn grpc(http: &Http, status: u16) -> Finding {
    grpc_port(http, &format!("it answered {status}: HTTP/2 only"))
}

/// Whether it is a page for people.
fn is_page(answer: &Answer) -> bool {
    let named =
        answer.header(CONTENT_TYPE).is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html"));
    let begin = String::from_utf8_lossy(answer.body.get(..64).unwrap_or(&answer.body)).to_ascii_lowercase();
    named || begin.trim_start().starts_with("<!doctype html") || begin.trim_start().starts_with("<html")
}

/// Whether there is a proxy on the way, that we know of or that says so.
fn is_between(http: &Http, answer: &Answer) -> bool {
    http.proxy().is_some() || answer.header(VIA).is_some()
}

/// `status`, and what was said with it.
fn said(answer: &Answer) -> String {
    match answer.text() {
        text if text.is_empty() || is_page(answer) => answer.status.to_string(),
        text => format!("{}: {text}", answer.status),
    }
}

/// A web server, a login page, a proxy.
fn no_receiver(http: &Http, answer: &Answer) -> Finding {
    let by = by(http, answer);
    let what = if is_page(answer) { "a page of HTML" } else { "no answer of a collector" };
    let message = format!("{} answered {} with {what}{by}", http.endpoint(), said(answer));
    match (http.proxy(), answer.header(VIA)) {
        (None, None) => {
            let advice =
                format!("it is a web server, not a collector: set {} to a receiver of OTLP", set(http));
            Finding::new(Problem::NotOtlp, message, advice)
        }
        _ => Finding::new(Problem::Proxy, message, format!("a proxy stands between: {}", around(http))),
    }
}

/// Who says that it has answered, and whom we asked.
fn by(http: &Http, answer: &Answer) -> String {
    let mut by = Vec::new();
    by.extend(http.proxy().map(|proxy| format!("through the proxy {}", without_secrets(proxy.as_str()))));
    by.extend(answer.header(VIA).map(|via| format!("Via: {}", readable(via))));
    by.extend(answer.header(SERVER).map(|server| format!("Server: {}", readable(server))));
    if by.is_empty() { String::new() } else { format!(" ({})", by.join(", ")) }
}

/// How to go without the proxy, or to another collector.
fn around(http: &Http) -> String {
    let host = bare_host(http.url());
    match http.proxy() {
        Some(_) => format!("set NO_PROXY={host} if the collector can be reached without it"),
        None => {
            format!("let it pass POST requests to {}, or set {} to a collector", http.url().path(), set(http))
        }
    }
}

fn redirected(http: &Http, answer: &Answer) -> Finding {
    let to = answer.header(LOCATION).map(without_secrets).map(|url| readable(&url)).unwrap_or_default();
    let message = format!(
        "{} answered {}: it sends us to {to:?}, which is not followed",
        http.endpoint(),
        answer.status
    );
    let advice = match to.starts_with("https://") && http.url().scheme() == "http" {
        true => format!("begin {} with https://", set(http)),
        false => format!("set {} to where the collector is", set(http)),
    };
    Finding::new(Problem::Redirected, message, advice)
}

fn credentials(http: &Http, answer: &Answer) -> Finding {
    let wanted = answer.header(WWW_AUTHENTICATE).and_then(|wanted| wanted.split_whitespace().next());
    let wanted = wanted.map(|scheme| format!("; it asks for {}", readable(scheme))).unwrap_or_default();
    let names = http.header_names();
    let sent = match (names.is_empty(), http.asks_for_headers()) {
        (true, false) => "no header was set".to_owned(),
        (true, true) => "header_provider was asked".to_owned(),
        (false, _) => format!("sent were {}", names.join(", ")),
    };
    let message = format!(
        "{} answered {}: it does not take our credentials ({sent}{wanted})",
        http.endpoint(),
        said(answer)
    );
    let advice = "set them by OTEL_EXPORTER_OTLP_HEADERS, such as authorization=Bearer%20TOKEN, by Builder::header or \
                  Builder::header_provider";
    Finding::new(Problem::Credentials, message, advice)
}

fn no_post(http: &Http, answer: &Answer) -> Finding {
    let message = format!("{} answered {}: it takes no POST", http.endpoint(), said(answer));
    let advice = format!(
        "set {} to a receiver of OTLP over HTTP, which usually has port 4318; this may be a port for viewers",
        set(http)
    );
    Finding::new(Problem::MethodRefused, message, advice)
}

fn proxy(http: &Http, answer: &Answer) -> Finding {
    let name = http
        .proxy()
        .map(|proxy| without_secrets(proxy.as_str()))
        .unwrap_or_else(|| http.endpoint().to_owned());
    let message = format!("the proxy {name} answered {}: it wants a user and a password", said(answer));
    let advice =
        format!("set HTTP_PROXY or HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT, or {}", around(http));
    Finding::new(Problem::Proxy, message, advice)
}

fn encoding(http: &Http, answer: &Answer) -> Finding {
    let compression = http.compression();
    let message = format!(
        "{} answered {}: it does not take protobuf, or not with compression {compression}",
        http.endpoint(),
        said(answer)
    );
    let advice = match compression {
        "none" => format!("set {} to a receiver that takes OTLP in protobuf", set(http)),
        _ => "set OTEL_EXPORTER_OTLP_COMPRESSION=none, or no compression in code".to_owned(),
    };
    Finding::new(Problem::EncodingRefused, message, advice)
}

/// What servers say who speak TLS and understood us all the same.
fn tls_expected(http: &Http, answer: &Answer) -> Finding {
    let message = format!("{} speaks TLS: it answered {}", shown_host(http), said(answer));
    Finding::new(Problem::TlsExpected, message, format!("begin {} with https://", set(http)))
}

/// What is sent again, until it is taken.
fn busy(http: &Http, answer: &Answer, now: SystemTime) -> Finding {
    let wait = answer.header(RETRY_AFTER).and_then(|text| retry_after(text, now)).unwrap_or_default();
    let wait = match wait.as_secs() {
        0 => String::new(),
        seconds => format!(", and asks for a wait of {seconds} s"),
    };
    let (said, by) = (said(answer), by(http, answer));
    let message = format!("{} answered {said}{by}: it takes nothing at present{wait}", http.endpoint());
    let behind = match answer.status {
        502 | 504 => {
            "; it is a gateway that does not reach the collector behind it: see whether that one runs"
        }
        _ => "",
    };
    let proxy = http.proxy().map(|_| format!("; {}", around(http))).unwrap_or_default();
    Finding::new(Problem::Busy, message, format!("it is asked again{behind}{proxy}"))
}

fn refused(http: &Http, answer: &Answer) -> Finding {
    let message = format!("{} answered {} to an export with nothing in it", http.endpoint(), said(answer));
    let advice = "see the log of the collector; there may be another server at this address";
    Finding::new(Problem::Refused, message, advice)
}
