//! What an answer tells.

use crate::scene::{assert_says, check, finding};
use crate::support::bare;
use crate::support::collector::{Collector, Reply};
use throughline::Builder;
use throughline::doctor::{Finding, Problem};

/// The finding of a collector that always answers so.
#[track_caller]
fn answered(status: u16, header: (&'static str, &str), body: &str) -> Finding {
    answered_to(|url| bare().endpoint(url), status, header, body)
}

#[track_caller]
fn answered_to(
    builder: impl FnOnce(String) -> Builder,
    status: u16,
    (name, value): (&'static str, &str),
    body: &str,
) -> Finding {
    let (value, body) = (value.to_owned(), body.as_bytes().to_vec());
    let reply = move || Reply::Full { status, header: (name, value.clone()), body: body.clone() };
    let collector = Collector::answering(move |_| reply()).answering_checks();
    finding(builder(collector.url()))
}

const NOTHING: (&str, &str) = ("x-nothing", "");
const PAGE: &str = "<!DOCTYPE html><html><title>Log in</title></html>";

#[test]
fn credentials() {
    let basic = ("www-authenticate", "Basic realm=\"otlp\"");
    let found = answered(401, basic, "no api key");
    assert_eq!(found.problem(), Problem::Credentials);
    assert_says(
        &found,
        &["answered 401: no api key", "no header was set", "it asks for Basic", "OTEL_EXPORTER_OTLP_HEADERS"],
    );
    let with = |url: String| bare().endpoint(url).header("X-Api-Key", "hunter2");
    let found = answered_to(with, 403, NOTHING, "");
    assert_eq!(found.problem(), Problem::Credentials);
    assert_says(&found, &["answered 403", "sent were x-api-key", "Builder::header"]);
    assert!(!found.to_string().contains("hunter2"));
    let with = |url: String| bare().endpoint(url).header_provider(Vec::new);
    assert_says(&answered_to(with, 401, NOTHING, ""), &["header_provider was asked"]);
}

#[test]
fn paths() {
    let doubled = |url: String| bare().endpoint(format!("{url}/v1/traces/v1/traces"));
    let found = answered_to(doubled, 404, NOTHING, "");
    assert_eq!(found.problem(), Problem::PathDoubled);
    assert_says(
        &found,
        &["/v1/traces/v1/traces has /v1/... twice", "set the endpoint to http://127.0.0.1:", "without it"],
    );
    let found = answered_to(|url| bare().traces_endpoint(url), 404, NOTHING, "");
    assert_eq!(found.problem(), Problem::PathMissing);
    assert_says(
        &found,
        &["does not end in /v1/traces", "or OTEL_EXPORTER_OTLP_ENDPOINT to http://127.0.0.1:"],
    );
    let found = answered(404, NOTHING, "404 page not found");
    assert_eq!(found.problem(), Problem::NotFound);
    assert_says(&found, &["nothing receives OTLP at /v1/traces", "4318"]);
}

#[test]
fn refusals() {
    for (status, header, body, problem, parts) in [
        (405, NOTHING, "", Problem::MethodRefused, &["it takes no POST", "4318"][..]),
        (415, NOTHING, "", Problem::EncodingRefused, &["does not take protobuf", "OTLP in protobuf"]),
        (426, NOTHING, "", Problem::GrpcPort, &["is a gRPC port", "use 4318"]),
        (464, NOTHING, "", Problem::GrpcPort, &["is a gRPC port", "use 4318"]),
        (429, NOTHING, "slow down", Problem::Busy, &["answered 429: slow down", "at present"]),
        (503, NOTHING, "", Problem::Busy, &["answered 503"]),
        (500, NOTHING, "boom", Problem::Refused, &["answered 500: boom", "the log of the collector"]),
        (418, NOTHING, "", Problem::Refused, &["answered 418"]),
        (
            301,
            ("location", "https://c:4318/x?key=hunter2"),
            "",
            Problem::Redirected,
            &["sends us to \"https://c:4318/x?...\"", "with https://"],
        ),
        (
            302,
            ("location", "http://c/login"),
            PAGE,
            Problem::Redirected,
            &["http://c/login", "where the collector is"],
        ),
        (
            200,
            ("content-type", "text/html; charset=utf-8"),
            "hello",
            Problem::NotOtlp,
            &["a page of HTML", "not a collector"],
        ),
        (200, NOTHING, PAGE, Problem::NotOtlp, &["a page of HTML", "set the endpoint to a receiver of OTLP"]),
        (404, ("server", "nginx/1.27"), PAGE, Problem::NotOtlp, &["Server: nginx/1.27"]),
        (502, ("via", "1.1 gateway"), PAGE, Problem::Proxy, &["Via: 1.1 gateway", "a proxy stands between"]),
        (403, ("via", "1.1 squid"), PAGE, Problem::Proxy, &["Via: 1.1 squid"]),
        (
            407,
            ("proxy-authenticate", "Basic"),
            "",
            Problem::Proxy,
            &["wants a user and a password", "HTTPS_PROXY"],
        ),
        (
            400,
            NOTHING,
            "Client sent an HTTP request to an HTTPS server.",
            Problem::TlsExpected,
            &["speaks TLS", "with https://"],
        ),
        (400, NOTHING, "bad request", Problem::Refused, &["answered 400: bad request"]),
    ] {
        let found = answered(status, header, body);
        assert_eq!(found.problem(), problem, "{status}: {found}");
        assert_says(&found, parts);
        assert!(!found.to_string().contains("hunter2"), "{found}");
    }
    let gzip = |url: String| bare().endpoint(url).gzip(true);
    let found = answered_to(gzip, 415, NOTHING, "");
    assert_eq!(found.problem(), Problem::EncodingRefused);
    assert_says(&found, &["compression gzip", "OTEL_EXPORTER_OTLP_COMPRESSION=none"]);
}

#[test]
fn a_gateway_without_a_collector_behind_it_is_no_web_server() {
    for status in [502, 504] {
        let found = answered(status, ("server", "nginx/1.27"), PAGE);
        assert_eq!((found.problem(), found.is_warning()), (Problem::Busy, true), "{found}");
        assert_says(&found, &["Server: nginx/1.27", "it is asked again", "the collector behind it"]);
    }
    let found = answered(503, ("retry-after", "120"), "");
    assert_eq!(found.problem(), Problem::Busy, "{found}");
    assert_says(&found, &["answered 503", "asks for a wait of 120 s", "it is asked again"]);
}

#[test]
fn a_clock_that_is_off_is_a_warning() {
    let found = answered(200, ("date", "Sun, 06 Nov 1994 08:49:37 GMT"), "");
    assert_eq!((found.problem(), found.is_warning()), (Problem::Clock, true));
    assert_says(&found, &["minutes ahead of that of the other side", "NTP"]);
}

#[test]
fn what_is_wrong_with_one_signal_is_not_wrong_with_the_other() {
    let collector =
        Collector::answering(|request| Reply::Status(if request.path == "/v1/logs" { 404 } else { 200 }))
            .answering_checks();
    let report = check(bare().endpoint(collector.url()).events(throughline::Events::Both));
    let [traces, logs] = report.endpoints() else { panic!("{report}") };
    assert!(traces.is_ok() && !logs.is_ok() && !report.is_ok(), "{report}");
    assert_eq!(report.findings().count(), 1);
    let text = report.to_string();
    assert!(
        text.contains("logs go to") && text.contains("wrong  404: nothing receives OTLP at /v1/logs"),
        "{text}"
    );
}
