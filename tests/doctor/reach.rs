//! Names, connections, TLS, and ports that are for something else.

use crate::front::{Authority, Folder, Front};
use crate::listeners::{HTTP_2, listening};
use crate::scene::{assert_says, check, finding, guard};
use crate::support::collector::{Collector, Reply, Vacant};
use crate::support::{Counted, bare};
use std::time::{Duration, Instant};
use throughline::doctor::Problem;
use throughline::{Events, Signal};

const LONG: Duration = Duration::from_secs(10);

#[test]
fn where_all_is_well_it_says_so_step_by_step() {
    let collector = Collector::accepting().answering_checks();
    let report = check(bare().endpoint(collector.url()).header("x-key", "secret").events(Events::Both));
    assert!(report.is_ok(), "{report}");
    let [traces, logs] = report.endpoints() else { panic!("{report}") };
    assert_eq!((traces.signal(), logs.signal()), (Signal::Traces, Signal::Logs));
    assert_eq!(traces.endpoint(), format!("{}/v1/traces", collector.url()));
    let [connected, taken] = traces.passed() else { panic!("{report}") };
    assert!(connected.contains("accepts connections") && taken.contains("taken (200"), "{report}");
    let mut requests = collector.requests();
    requests.sort_by_key(|request| request.path.clone());
    let [of_logs, of_traces] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!((of_logs.path.as_str(), of_traces.path.as_str()), ("/v1/logs", "/v1/traces"));
    assert!(
        requests.iter().all(|it| it.body.is_empty() && it.header("x-key") == Some("secret")),
        "{requests:?}"
    );
    assert!(!report.to_string().contains("secret"));
}

#[test]
fn it_can_be_asked_from_anywhere_and_after_the_end() {
    let collector = Collector::accepting();
    let guard = guard(bare().endpoint(collector.url()));
    for runtime in
        [tokio::runtime::Builder::new_current_thread(), tokio::runtime::Builder::new_multi_thread()]
    {
        let runtime = { runtime }.enable_all().build().expect("a runtime");
        runtime.block_on(async {
            assert!(guard.check().is_ok());
            assert!(guard.check_async().await.is_ok());
        });
    }
    guard.shutdown(LONG).expect("nothing to deliver");
    assert!(guard.check().is_ok());
    assert_eq!(collector.checks().len(), 5);
}

#[test]
fn where_nothing_is_posted_there_is_nothing_to_check() {
    let report = check(bare().exporter(Counted::default()));
    assert!(report.is_ok() && report.endpoints().is_empty());
    assert!(report.to_string().contains("nothing is sent over OTLP"), "{report}");
}

#[test]
fn nothing_listens() {
    let place = Vacant::new();
    let found = finding(bare().endpoint(format!("http://{}", place.address())));
    assert_eq!(found.problem(), Problem::NothingListens);
    assert_says(&found, &["nothing listens at 127.0.0.1:", "start a collector there, or set the endpoint"]);
}

#[test]
fn a_name_that_does_not_resolve() {
    let found = finding(bare().endpoint("http://user:hunter2@collector.invalid:4318"));
    assert_eq!(found.problem(), Problem::NameNotFound);
    assert_says(&found, &["the name collector.invalid does not resolve", "mend the host in the endpoint"]);
    assert!(!found.to_string().contains("hunter2"));
}

#[test]
fn a_port_for_grpc() {
    let address = listening(|_| Some(HTTP_2.to_vec()));
    let found = finding(bare().endpoint(format!("http://{address}")));
    assert_eq!(found.problem(), Problem::GrpcPort);
    assert_says(&found, &["is a gRPC port", "use 4318"]);
    // One that hangs up on everything but the preface of HTTP/2.
    let address = listening(|bytes| bytes.starts_with(b"PRI * HTTP/2.0").then(|| HTTP_2.to_vec()));
    let found = finding(bare().endpoint(format!("http://{address}")));
    assert_eq!(found.problem(), Problem::GrpcPort, "{found}");
    let found = finding(bare().endpoint(format!("https://{address}")));
    assert_eq!(found.problem(), Problem::GrpcPort, "{found}");
}

#[test]
fn a_port_for_grpc_behind_tls() {
    let (authority, folder) = (Authority::new("ours"), Folder::new("grpc"));
    let behind = listening(|_| Some(HTTP_2.to_vec()));
    let file = folder.write("ca.pem", authority.pem());
    for protocols in [&["h2"][..], &[]] {
        let front = Front::speaking(protocols, behind, &authority.server(&["localhost"]), None);
        let found = finding(bare().endpoint(front.url("localhost")).ca_certificate(&file));
        assert_eq!(found.problem(), Problem::GrpcPort, "{protocols:?}: {found}");
    }
}

#[test]
fn https_without_tls_and_http_with_it() {
    let plain = throughline_collector::Collector::builder()
        .otlp_http(std::net::SocketAddr::from(([127, 0, 0, 1], 0)))
        .http(None)
        .start()
        .expect("a free port");
    let port = plain.otlp_http_addr().expect("it is on").port();
    let found = finding(bare().endpoint(format!("https://localhost:{port}")));
    assert_eq!(found.problem(), Problem::NoTls, "{found}");
    assert_says(&found, &["does not speak TLS", "begin the endpoint with http://"]);

    let authority = Authority::new("ours");
    let place = Vacant::new();
    let front = Front::new(place.address(), &authority.server(&["localhost"]), None);
    let found = finding(bare().endpoint(front.url("localhost").replace("https", "http")));
    assert_eq!(found.problem(), Problem::TlsExpected, "{found}");
    assert_says(&found, &["speaks TLS", "begin the endpoint with https://"]);
    // One that hangs up on everything but a handshake.
    let address =
        listening(|bytes| (bytes.first() == Some(&0x16)).then(|| b"\x15\x03\x03\0\x02\x02\x28".to_vec()));
    let found = finding(bare().endpoint(format!("http://{address}")));
    assert_eq!(found.problem(), Problem::TlsExpected, "{found}");
    plain.shutdown();
}

#[test]
fn tls_that_is_refused_says_what_to_set() {
    let (authority, clients) = (Authority::new("ours"), Authority::new("of clients"));
    let folder = Folder::new("refused");
    let file = folder.write("ca.pem", authority.pem());
    let collector = Collector::accepting();
    let front = Front::new(collector.address, &authority.server(&["localhost"]), None);
    let found = finding(bare().endpoint(front.url("localhost")));
    assert_eq!(found.problem(), Problem::TlsRefused);
    assert_says(&found, &["authority that this system does not know", "OTEL_EXPORTER_OTLP_CERTIFICATE"]);
    assert!(check(bare().endpoint(front.url("localhost")).ca_certificate(&file)).is_ok());
    front.change(&authority.server(&["localhost"]), Some(&clients));
    let found = finding(bare().endpoint(front.url("localhost")).ca_certificate(&file));
    assert_eq!(found.problem(), Problem::TlsRefused);
    assert_says(&found, &["it wants a client certificate", "OTEL_EXPORTER_OTLP_CLIENT_KEY"]);
}

#[test]
fn files_and_headers_that_cannot_be_used() {
    let collector = Collector::accepting();
    let authority = Authority::new("ours");
    let front = Front::new(collector.address, &authority.server(&["localhost"]), None);
    let found = finding(bare().endpoint(front.url("localhost")).ca_certificate("/nowhere/ca.pem"));
    assert_eq!(found.problem(), Problem::Setup);
    assert_says(&found, &["ca_certificate=/nowhere/ca.pem cannot be read"]);
    let found = finding(bare().endpoint(collector.url()).header_provider(|| panic!("no token")));
    assert_eq!(found.problem(), Problem::Setup);
    assert_says(&found, &["header_provider panicked"]);
    assert!(collector.checks().is_empty());
}

#[test]
fn one_that_says_nothing_is_not_waited_for() {
    let collector = Collector::answering(|_| Reply::Never).answering_checks();
    let begun = Instant::now();
    let found = finding(bare().endpoint(collector.url()).timeout(Duration::from_millis(200)));
    assert_eq!(found.problem(), Problem::NoAnswer, "{found}");
    assert_says(&found, &["no answer in time"]);
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
}

#[test]
fn something_else_altogether() {
    let address = listening(|_| Some(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()));
    let found = finding(bare().endpoint(format!("http://{address}")));
    assert_eq!(found.problem(), Problem::NotOtlp, "{found}");
    assert_says(&found, &["does not speak HTTP"]);
}
