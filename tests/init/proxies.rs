//! What proxies may be, and which hosts are reached without one.

use crate::child::{LONG, alone, init, said, work_and_flush};
use crate::support::collector::Collector;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use throughline::doctor::Problem;

/// What a SOCKS proxy was told: the user, the password, and where to.
type Told = (String, String, String);

/// A SOCKS proxy of version 5 (RFC 1928, RFC 1929) that connects all to this address.
fn socks(to: SocketAddr) -> (SocketAddr, Receiver<Told>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let (sender, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            std::thread::spawn(move || pass(stream, to, &sender));
        }
    });
    (address, told)
}

fn pass(mut stream: TcpStream, to: SocketAddr, told: &Sender<Told>) -> std::io::Result<()> {
    let text = |stream: &mut TcpStream| {
        let mut length = [0];
        stream.read_exact(&mut length)?;
        let mut bytes = vec![0; usize::from(length[0])];
        stream.read_exact(&mut bytes)?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let mut byte = [0];
    stream.read_exact(&mut byte)?;
    let methods = text(&mut stream)?;
    let (mut user, mut password) = (String::new(), String::new());
    if methods.contains('\u{2}') {
        stream.write_all(&[5, 2])?;
        stream.read_exact(&mut byte)?;
        (user, password) = (text(&mut stream)?, text(&mut stream)?);
        stream.write_all(&[1, 0])?;
    } else {
        stream.write_all(&[5, 0])?;
    }
    let mut head = [0; 4];
    stream.read_exact(&mut head)?;
    assert_eq!(head, [5, 1, 0, 3], "to a name");
    let host = text(&mut stream)?;
    let mut port = [0; 2];
    stream.read_exact(&mut port)?;
    let place = format!("{host}:{}", u16::from_be_bytes(port));
    let _ = told.send((user, password, place));
    let server = TcpStream::connect(to)?;
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    let (mut from, mut upward, mut downward) = (stream.try_clone()?, server.try_clone()?, server);
    std::thread::spawn(move || std::io::copy(&mut from, &mut upward));
    std::io::copy(&mut downward, &mut stream).map(drop)
}

#[test]
fn a_socks_proxy_is_one() {
    let collector = Collector::accepting();
    let (proxy, told) = socks(collector.address);
    let proxy = format!("socks5h://us%40er:p%3Ass@{proxy}");
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.invalid:4318"),
        ("ALL_PROXY", proxy.as_str()),
        ("NO_PROXY", ""),
    ];
    let Some(output) = alone("proxies::a_socks_proxy_is_one", &vars, work_and_flush) else { return };
    let expected = ["us@er", "p:ss", "collector.invalid:4318"].map(str::to_owned);
    let (user, password, place) = told.recv_timeout(LONG).expect("it was asked");
    assert_eq!([user, password, place], expected);
    assert_eq!(collector.accepted().len(), 1);
    assert_eq!(said(&output, "WARN"), Vec::<String>::new());
}

#[test]
fn credentials_in_its_url_are_decoded_and_it_needs_no_scheme() {
    let name = "proxies::credentials_in_its_url_are_decoded_and_it_needs_no_scheme";
    let proxy = Collector::accepting();
    for (before, header) in [("http://us%40er:p%3Ass@", Some("Basic dXNAZXI6cDpzcw==")), ("", None)] {
        let address = format!("{before}{}", proxy.address);
        let vars = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.invalid:4318"),
            ("http_proxy", address.as_str()),
            ("NO_PROXY", ""),
        ];
        let Some(output) = alone(name, &vars, work_and_flush) else { return };
        let request = proxy.requests().pop().expect("it came");
        assert_eq!(request.path, "http://collector.invalid:4318/v1/traces");
        assert_eq!(request.header("proxy-authorization"), header);
        assert!(!String::from_utf8_lossy(&output.stdout).contains("p%3Ass"));
    }
    assert_eq!(proxy.accepted().len(), 2);
}

#[test]
fn hosts_without_a_proxy_are_named_in_every_usual_form() {
    let name = "proxies::hosts_without_a_proxy_are_named_in_every_usual_form";
    let proxy = Collector::accepting().answering_checks();
    let url = proxy.url();
    let mut asked = 0;
    for (without, direct) in [
        ("collector.invalid", true),
        ("a.b, collector.invalid ,c", true),
        (".invalid", true),
        ("invalid", true),
        ("*", true),
        ("other.invalid", false),
        ("tor.invalid", false),
        (" , ", false),
    ] {
        let vars = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.invalid:4318"),
            ("HTTP_PROXY", url.as_str()),
            ("NO_PROXY", without),
        ];
        let output = alone(name, &vars, || {
            let guard = init();
            let report = guard.check();
            let problems: Vec<_> = report.findings().map(throughline::doctor::Finding::problem).collect();
            match problems[..] {
                [Problem::NameNotFound] => println!("without it"),
                _ => assert!(report.is_ok(), "{report}"),
            }
            let _ = guard.shutdown(std::time::Duration::from_millis(100));
        });
        let Some(output) = output else { return };
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(text.contains("without it"), direct, "{without:?}: {text}");
        let now = proxy.requests().len();
        assert_eq!(now > asked, !direct, "{without:?}");
        asked = now;
    }
}

#[test]
fn addresses_of_version_6_stand_in_no_proxy_without_brackets_and_loopback_in_any_form_has_none() {
    let name = "proxies::addresses_of_version_6_stand_in_no_proxy_without_brackets_and_loopback_in_any_form_has_none";
    for (endpoint, advice) in [
        ("http://[fd00::1]:4318", Some("NO_PROXY=fd00::1")),
        ("http://[::1]:1", None),
        ("http://[::ffff:127.0.0.1]:1", None),
    ] {
        let vars = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("HTTP_PROXY", "http://127.0.0.1:1"),
            ("NO_PROXY", ""),
        ];
        let output = alone(name, &vars, || {
            let guard = init();
            println!("{}", guard.check());
            let _ = guard.shutdown(std::time::Duration::from_millis(100));
        });
        let Some(output) = output else { return };
        let text = String::from_utf8_lossy(&output.stdout);
        match advice {
            Some(advice) => assert!(text.contains(advice), "{text}"),
            None => assert!(!text.contains("the proxy"), "{endpoint}: {text}"),
        }
    }
}
