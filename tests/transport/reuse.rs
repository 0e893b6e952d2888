//! Connections that end as they are used again, and answers that come slowly.

use crate::ledger::{LONG, assert_delivered, row, spans, to};
use crate::speaking::started;
use crate::support::bare;
use crate::support::collector::{Collector, Reply, read_head};
use std::io::{BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What is told about a collector that is not there.
const ALARM: &str = "kept and sent again";

/// Serves each connection by this, on a thread of its own.
fn serving(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    serving_at(TcpListener::bind(("127.0.0.1", 0)).expect("a free port"), serve)
}

fn serving_at(listener: TcpListener, serve: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let address = listener.local_addr().expect("a bound listener has an address");
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let serve = Arc::clone(&serve);
            std::thread::spawn(move || serve(stream));
        }
    });
    address
}

/// Reads a request whole, and takes it.
fn take(from: &mut BufReader<TcpStream>) -> Option<()> {
    let (_, length) = read_head(from)?;
    from.read_exact(&mut vec![0; length]).ok()?;
    from.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()
}

#[test]
fn a_connection_that_is_closed_as_it_is_used_again_costs_nothing_and_alarms_nobody() {
    // Each connection is good for one request: it ends just as the first byte of the next one is there, as if that had
    // crossed the end of its time.
    let collector = Collector::accepting();
    let to = collector.address;
    let ends = Arc::new(AtomicUsize::new(0));
    let ended = Arc::clone(&ends);
    let front = serving(move |stream| {
        let mut back = TcpStream::connect(to).expect("the collector listens");
        let mut answers = back.try_clone().expect("a socket");
        let mut up = stream.try_clone().expect("a socket");
        let mut from = BufReader::new(stream);
        let Some((head, length)) = read_head(&mut from) else { return };
        let mut body = vec![0; length];
        from.read_exact(&mut body).expect("as long as it says");
        let names =
            head.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<String>();
        back.write_all(format!("POST {} HTTP/1.1\r\n{names}\r\n", head.path).as_bytes()).expect("it listens");
        back.write_all(&body).expect("it listens");
        let mut answer = [0; 1024];
        let read = answers.read(&mut answer).expect("it answers");
        up.write_all(&answer[..read]).expect("it is waited for");
        if from.read(&mut [0]).is_ok_and(|read| read > 0) {
            ended.fetch_add(1, Ordering::SeqCst);
            // What has come and is not read makes it a reset.
            let _ = up.shutdown(Shutdown::Both);
        }
    });
    let (dispatch, guard, lines) = started(bare().endpoint(format!("http://{front}")));
    for count in 1..=5 {
        spans(&dispatch, count);
        guard.flush(LONG).expect("accepted");
    }
    assert_delivered(&guard, &collector, 15);
    assert_eq!(ends.load(Ordering::SeqCst), 4, "so many were closed");
    assert!(row(&guard.stats()).retries <= 4, "{}", guard.stats());
    let said = ["WARN", "INFO"].iter().find(|level| lines.text().contains(**level));
    assert_eq!(said, None, "{}", lines.text());
}

#[test]
fn one_that_goes_on_failing_is_told_at_its_second_failure() {
    let replies = vec![Reply::Status(200), Reply::Close, Reply::Close, Reply::Close];
    let collector = Collector::scripted(replies);
    let (dispatch, guard, lines) = started(to(&collector));
    for _ in 0..2 {
        spans(&dispatch, 1);
        guard.flush(LONG).expect("accepted in the end");
    }
    assert_delivered(&guard, &collector, 2);
    lines.with(ALARM);
    lines.with("are being delivered again");
}

#[test]
fn an_answer_that_drips_is_an_answer_within_the_timeout_and_none_after_it() {
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&seen);
    let slow = serving(move |stream| {
        let mut from = BufReader::new(stream);
        let Some((_, length)) = read_head(&mut from) else { return };
        from.read_exact(&mut vec![0; length]).expect("as long as it says");
        let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        // The first never comes to the end of its head.
        let (answer, pause) = match first {
            true => {
                (&b"HTTP/1.1 200 OK\r\nx-slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"[..], 40)
            }
            false => (&b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"[..], 2),
        };
        for byte in answer {
            if from.get_mut().write_all(&[*byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(pause));
        }
        while take(&mut from).is_some() {}
    });
    let builder = bare().endpoint(format!("http://{slow}")).timeout(Duration::from_millis(800));
    let (dispatch, guard, lines) = started(builder);
    let begun = Instant::now();
    spans(&dispatch, 2);
    guard.flush(LONG).unwrap_or_else(|error| panic!("{error}: {}", lines.text()));
    assert!(begun.elapsed() >= Duration::from_millis(800), "{:?}", begun.elapsed());
    let stats = guard.stats();
    assert_eq!(
        (row(&stats).exported, row(&stats).retries, seen.load(Ordering::SeqCst)),
        (2, 1, 2),
        "{stats}"
    );
    assert!(lines.with(ALARM).contains("no answer in time"), "{}", lines.text());
}

#[test]
fn headers_that_describe_the_body_are_ours_whoever_sets_them() {
    let collector = Collector::accepting();
    let wrong = [
        ("Content-Type", "application/json"),
        ("content-length", "7"),
        ("Transfer-Encoding", "chunked"),
        ("content-encoding", "br"),
    ];
    let builder =
        wrong.into_iter().fold(to(&collector), |builder, (name, value)| builder.header(name, value));
    let given = wrong.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    for builder in [builder, to(&collector).gzip(true).header_provider(move || given.clone())] {
        let (dispatch, guard, lines) = started(builder.timeout(Duration::from_secs(2)));
        spans(&dispatch, 2);
        guard.flush(LONG).unwrap_or_else(|error| panic!("{error}: {}", lines.text()));
    }
    assert_eq!(collector.accepted().len(), 4);
    for (request, encoding) in collector.requests().iter().zip([None, Some("gzip")]) {
        let all = |name: &str| {
            let of = request.headers.iter().filter(|(key, _)| key == name);
            of.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(all("content-type"), ["application/x-protobuf"]);
        assert_eq!(all("content-length"), [request.body.len().to_string()]);
        assert_eq!(all("content-encoding"), encoding.into_iter().collect::<Vec<_>>());
        assert!(all("transfer-encoding").is_empty());
    }
}

#[test]
fn endpoints_with_addresses_queries_slashes_and_fragments_lead_where_they_say() {
    let collector = Collector::accepting();
    let port = collector.address.port();
    for (endpoint, path) in [
        (format!("http://127.0.0.1:{port}///"), "/v1/traces"),
        (format!("http://127.0.0.1:{port}/a/?key=b%20c&d=/"), "/a/v1/traces?key=b%20c&d=/"),
        (format!("http://127.0.0.1:{port}?"), "/v1/traces"),
        (format!("http://127.0.0.1:{port}/a#part"), "/a/v1/traces"),
        (format!("http://127.0.0.1:{port}/a?b=c#part"), "/a/v1/traces?b=c"),
        (format!("HTTP://LOCALHOST:{port}/a%2Fb/"), "/a%2Fb/v1/traces"),
    ] {
        let before = collector.requests().len();
        let (dispatch, guard, lines) = started(bare().endpoint(&endpoint));
        spans(&dispatch, 1);
        guard.flush(LONG).unwrap_or_else(|error| panic!("{endpoint}: {error}: {}", lines.text()));
        assert_eq!(collector.requests()[before..].iter().map(|it| &it.path).collect::<Vec<_>>(), [path]);
    }
}

#[test]
fn an_address_of_ip_version_6_is_reached() {
    let Ok(listener) = TcpListener::bind(("::1", 0)) else { return };
    let address = serving_at(listener, |stream| {
        let mut from = BufReader::new(stream);
        while take(&mut from).is_some() {}
    });
    let (dispatch, guard, lines) = started(bare().endpoint(format!("http://{address}")));
    spans(&dispatch, 1);
    guard.flush(LONG).unwrap_or_else(|error| panic!("{error}: {}", lines.text()));
    let report = guard.check();
    assert!(
        report.is_ok() && report.to_string().contains(&format!("http://{address}/v1/traces")),
        "{report}"
    );
}
