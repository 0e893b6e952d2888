//! Proxies from the environment: a collector that stands in for one sees what would go through it.

use crate::child::{LONG, alone, init, said, work_and_flush};
use crate::front::{Authority, Folder, Front};
use crate::support::collector::{Collector, Reply};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use throughline::doctor::Problem;
use tracing::info_span;

/// It is no address of loopback, and yet reaches this machine.
fn this_machine(collector: &Collector) -> String {
    format!("http://0.0.0.0:{}", collector.address.port())
}

#[test]
fn requests_go_through_the_proxy_with_its_credentials() {
    let proxy = Collector::accepting();
    let address = proxy.url().replace("http://", "http://user:pass@");
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.invalid:4318"),
        ("HTTP_PROXY", address.as_str()),
        ("NO_PROXY", ""),
    ];
    let name = "proxy::requests_go_through_the_proxy_with_its_credentials";
    let Some(output) = alone(name, &vars, work_and_flush) else { return };
    let request = &proxy.requests()[0];
    assert_eq!(request.path, "http://collector.invalid:4318/v1/traces");
    assert_eq!(request.header("proxy-authorization"), Some("Basic dXNlcjpwYXNz"));
    assert_eq!(request.spans().len(), 1);
    assert!(!String::from_utf8_lossy(&output.stdout).contains("user:pass"));
}

#[test]
fn hosts_of_no_proxy_and_this_machine_itself_are_reached_without_it() {
    let (proxy, collector) = (Collector::accepting(), Collector::accepting());
    let (loopback, other) = (collector.url(), this_machine(&collector));
    let name = "proxy::hosts_of_no_proxy_and_this_machine_itself_are_reached_without_it";
    for (endpoint, without, direct) in
        [(&other, "", 0), (&other, "example.org,0.0.0.0", 1), (&loopback, "", 2)]
    {
        let vars = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
            ("HTTP_PROXY", &proxy.url()),
            ("ALL_PROXY", &proxy.url()),
            ("NO_PROXY", without),
        ];
        if alone(name, &vars, work_and_flush).is_none() {
            return;
        }
        assert_eq!((proxy.requests().len(), collector.requests().len()), (1, direct), "{endpoint} {without}");
    }
}

/// A proxy that connects every tunnel to this address, and what it was asked for.
fn tunnel(to: SocketAddr) -> (SocketAddr, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let (asked, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let asked = asked.clone();
            std::thread::spawn(move || pass(stream, to, &asked));
        }
    });
    (address, receiver)
}

fn pass(stream: TcpStream, to: SocketAddr, asked: &std::sync::mpsc::Sender<String>) -> Option<()> {
    let mut from = BufReader::new(stream.try_clone().ok()?);
    let (mut first, mut line) = (String::new(), String::new());
    from.read_line(&mut first).ok()?;
    while from.read_line(&mut line).ok()? > 2 {
        line.clear();
    }
    if first.is_empty() {
        return None;
    }
    asked.send(first.trim_end().to_owned()).ok()?;
    let (mut out, server) = (stream, TcpStream::connect(to).ok()?);
    out.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").ok()?;
    let mut upward = server.try_clone().ok()?;
    std::thread::spawn(move || std::io::copy(&mut from, &mut upward));
    let mut downward = server;
    std::io::copy(&mut downward, &mut out).ok().map(drop)
}

#[test]
fn with_tls_a_tunnel_is_asked_for_and_the_collector_is_who_is_trusted() {
    let name = "proxy::with_tls_a_tunnel_is_asked_for_and_the_collector_is_who_is_trusted";
    let (authority, folder) = (Authority::new("ours"), Folder::new("tunnel"));
    let collector = Collector::accepting();
    let front = Front::new(collector.address, &authority.server(&["collector.invalid"]), None);
    let ((proxy, asked), file) = (tunnel(front.address), folder.write("ca.pem", authority.pem()));
    let (proxy, file) = (format!("http://{proxy}"), file.display().to_string());
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.invalid:4318"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", file.as_str()),
        ("HTTPS_PROXY", proxy.as_str()),
        ("NO_PROXY", ""),
    ];
    if alone(name, &vars, work_and_flush).is_none() {
        return;
    }
    assert_eq!(asked.recv_timeout(LONG).expect("it was asked"), "CONNECT collector.invalid:4318 HTTP/1.1");
    assert_eq!(collector.accepted().len(), 1);
    assert_eq!(collector.requests()[0].path, "/v1/traces");
}

#[test]
fn a_proxy_in_the_way_is_named() {
    let name = "proxy::a_proxy_in_the_way_is_named";
    let denying = Collector::answering(|_| Reply::Status(407)).answering_checks();
    // It refuses the tunnel: no such request comes to its script, and it hangs up.
    for (endpoint, proxy, word) in [
        ("http://collector.invalid:4318", denying.url(), "wants a user and a password"),
        ("https://collector.invalid:4318", denying.url(), "through the proxy http://127.0.0.1:"),
        (
            "http://collector.invalid:4318",
            "http://127.0.0.1:1".to_owned(),
            "the proxy http://127.0.0.1:1/ cannot be reached",
        ),
    ] {
        let vars = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("HTTP_PROXY", &proxy),
            ("HTTPS_PROXY", &proxy),
            ("NO_PROXY", ""),
        ];
        let output = alone(name, &vars, || {
            let guard = init();
            let report = guard.check();
            let problems: Vec<_> = report.findings().map(throughline::doctor::Finding::problem).collect();
            assert_eq!(problems, [Problem::Proxy], "{report}");
            assert!(report.to_string().contains("NO_PROXY=collector.invalid"), "{report}");
            println!("{report}");
            drop(info_span!("s"));
            let _ = guard.shutdown(std::time::Duration::from_millis(100));
        });
        let Some(output) = output else { return };
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains(word), "{word:?} is not in {text}");
        assert!(said(&output, "WARN").iter().any(|line| line.contains("proxy")), "{text}");
    }
}
