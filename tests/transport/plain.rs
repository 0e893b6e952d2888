//! TLS where there is none, and none where there is TLS.

use crate::front::{Authority, Front};
use crate::speaking::refused;
use crate::support::bare;
use crate::support::collector::{Collector, Reply};
use std::net::SocketAddr;

#[test]
fn https_to_a_server_without_tls_says_so() {
    let addr = SocketAddr::from(([127, 0, 0, 1], 0));
    let collector =
        throughline_collector::Collector::builder().otlp_http(addr).http(None).start().expect("a port");
    let port = collector.otlp_http_addr().expect("it is on").port();
    let line = refused(bare().endpoint(format!("https://localhost:{port}")));
    assert!(line.contains("does not speak TLS") && line.contains("begins with http://"), "{line}");
    assert_eq!(collector.store().stats().stored_spans, 0, "https always means TLS");
    collector.shutdown();
}

#[test]
fn https_to_a_server_that_hangs_up_says_what_that_may_mean() {
    // It reads what begins like no request, and closes.
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("a bound listener has an address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
        }
    });
    let line = refused(bare().endpoint(format!("https://127.0.0.1:{port}")));
    assert!(
        line.contains("in the middle of the handshake") && line.contains("begins with http://"),
        "{line}"
    );
}

#[test]
fn http_to_a_server_with_tls_says_so() {
    let (authority, collector) = (Authority::new("the authority"), Collector::accepting());
    let front = Front::new(collector.address, &authority.server(&["localhost"]), None);
    let line = refused(bare().endpoint(format!("http://localhost:{}", front.address.port())));
    assert!(line.contains("speaks TLS (the endpoint then begins with https://)"), "{line}");
    assert!(collector.requests().is_empty());
}

#[test]
fn a_port_for_grpc_is_named_as_what_it_may_be() {
    // SETTINGS, then GOAWAY: what a server that knows HTTP/2 only sends to everybody.
    const SETTINGS: &[u8] = b"\0\0\x06\x04\0\0\0\0\0\0\x05\0\x10\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\x01";
    let collector = Collector::answering(|_| Reply::Raw(SETTINGS));
    let line = refused(bare().endpoint(collector.url()));
    assert!(line.contains("or gRPC (the endpoint for HTTP then has port 4318)"), "{line}");
}
