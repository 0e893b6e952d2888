//! The examples, run as a user runs them: processes, signals and all.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;
use throughline_collector::Collector;

/// Longer than any of them takes, on a machine that is busy.
const BOUND: Duration = Duration::from_secs(90);

/// A process that is killed if the test fails.
struct Running(Child);

/// What a process wrote until its end.
struct Ended {
    success: bool,
    stdout: String,
    stderr: String,
}

// === impl Running ===

impl Running {
    fn start(name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(example(name));
        for (variable, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_")) {
            command.env_remove(variable);
        }
        command.args(arguments).envs(variables.iter().copied()).env("NO_PROXY", "127.0.0.1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own, as a shell gives it, so that it can be interrupted with its children.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Running(command.spawn().expect("a program that can be run"))
    }

    fn stdout(&mut self) -> ChildStdout {
        self.0.stdout.take().expect("a pipe, not taken before")
    }

    /// All that is written from now on, by the process and by its children: there until the last of them is gone.
    fn end(mut self) -> Ended {
        let stdout = self.0.stdout.take().map(all_of);
        let stderr = all_of(self.0.stderr.take().expect("a pipe, not taken before"));
        let text = |output: Receiver<String>| output.recv_timeout(BOUND).expect("an end in time");
        let (stdout, stderr) = (stdout.map(text).unwrap_or_default(), text(stderr));
        let success = self.0.wait().expect("a child that can be waited for").success();
        Ended { success, stdout, stderr }
    }

    #[cfg(unix)]
    fn interrupt_group(&self) {
        let group = format!("-{}", self.0.id());
        let sent = Command::new("kill").args(["-INT", "--", &group]).status().expect("kill is there");
        assert!(sent.success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended, unless the test fails.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where cargo puts an example: beside the folder of this test's program.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a path of this test");
    let target = test.ancestors().nth(2).expect("target/debug/deps/examples-…");
    let path = target.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let advice = "run `cargo build --examples` first, or plain `cargo test`, which builds them";
    assert!(path.is_file(), "{} is not there: {advice}", path.display());
    path
}

fn all_of(mut output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut text = Vec::new();
        let _ = output.read_to_end(&mut text);
        let _ = sender.send(String::from_utf8_lossy(&text).into_owned());
    });
    receiver
}

/// The lines below a title, up to the next empty one.
fn section<'a>(text: &'a str, title: &str) -> Vec<&'a str> {
    let lines = text.lines().skip_while(|line| !line.starts_with(title)).skip(1);
    let section: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    assert!(!section.is_empty(), "{title:?} is not in:\n{text}");
    section
}

fn is_hex(word: &str, digits: usize) -> bool {
    word.len() == digits && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A line of the waterfall without what differs from run to run: durations and bars.
fn without_times(line: &str) -> &str {
    match line.trim_start() {
        note if note.starts_with('✗') => note,
        _ => line.find(|c: char| c == '✗' || c.is_ascii_digit()).map_or(line, |end| &line[..end]).trim_end(),
    }
}

#[test]
fn storefront_shows_one_trace_of_all_services_and_ends() {
    let Ended { success, stdout, stderr } = Running::start("storefront", &["--exit"], &[]).end();
    assert!(success, "{stdout}\n{stderr}");
    assert_eq!(stderr, "");
    let trace = section(&stdout, "Its trace");
    let tree: Vec<_> = trace[1..].iter().map(|line| without_times(line)).collect();
    let expected = "\
gateway    POST /checkout
✗ checkout failed
gateway    └─ POST /orders
orders        └─ POST /orders
✗ no order: the payment failed
orders           ├─ POST /reservations
inventory        │  └─ POST /reservations
inventory        │     ├─ SELECT stock
inventory        │     └─ UPDATE stock
orders           ├─ POST /quotes
payments         │  └─ POST /quotes
payments         │     └─ SELECT prices
orders           └─ POST /charges
payments            └─ POST /charges
✗ the broken card was not charged
payments               └─ authorize
✗ the bank cannot be reached";
    assert_eq!(tree.join("\n"), expected, "{stdout}");
    let chain = section(&stdout, "The error, as payments recorded it");
    assert_eq!(chain[1..], ["caused by: the bank cannot be reached", "caused by: connection reset"]);
}

#[test]
fn storefront_shows_ids_on_log_lines_and_a_ledger_that_balances() {
    let Ended { success, stdout, stderr } = Running::start("storefront", &["--exit"], &[]).end();
    assert!(success, "{stdout}\n{stderr}");
    let id = section(&stdout, "Its trace")[0].split_whitespace().nth(1).expect("trace, then its id");
    let lines = section(&stdout, "Log lines");
    for line in &lines {
        let words: Vec<_> = line.split_whitespace().collect();
        assert_eq!(words[2], id, "{line}");
        assert!(is_hex(words[2], 32) && is_hex(words[3], 16), "{line}");
    }
    for service in ["gateway", "orders", "inventory", "payments"] {
        assert!(lines.iter().any(|line| line.starts_with(service)), "{stdout}");
    }
    assert_ledger(&stdout);
}

/// Nothing is lost, what was finished was exported, and that is what the collector has.
fn assert_ledger(stdout: &str) {
    let ledger = section(stdout, "The ledger");
    assert_eq!(ledger.len(), 7, "a head, four services, all, a verdict: {ledger:?}");
    let all: Vec<u64> =
        ledger[5].split_whitespace().skip(1).map(|count| count.parse().expect("a count")).collect();
    let [started, 0, 0, 0, finished, exported, 0] = all[..] else { panic!("{ledger:?}") };
    assert!(started > 50 && started == finished && finished == exported, "{ledger:?}");
    assert_eq!(ledger[6], format!("Balanced; the collector has stored {exported} spans."));
}

#[cfg(unix)]
#[test]
fn storefront_goes_on_until_it_is_interrupted() {
    let mut storefront = Running::start("storefront", &[], &[]);
    let mut output = BufReader::new(storefront.stdout());
    let shown = until_going_on(&mut output);
    let viewer = shown.lines().find_map(|line| line.strip_prefix("Viewer: http://")).expect("its address");
    let viewer: SocketAddr = viewer.trim_end_matches('/').parse().expect("an address");
    assert!(get(viewer, "/").starts_with("HTTP/1.1 200"), "the viewer is served");
    assert!(get(viewer, "/api/services").contains(r#""gateway""#), "it knows the services");
    storefront.interrupt_group();
    let rest = all_of(output);
    let Ended { success, stderr, .. } = storefront.end();
    let rest = rest.recv_timeout(BOUND).expect("an end in time");
    assert!(success, "{rest}\n{stderr}");
    assert_ledger(&rest);
}

#[cfg(unix)]
#[test]
fn services_end_when_storefront_is_killed() {
    let mut storefront = Running::start("storefront", &[], &[]);
    let mut output = BufReader::new(storefront.stdout());
    until_going_on(&mut output);
    storefront.0.kill().expect("it lives");
    // Standard error is theirs as well: it ends with the last of them.
    assert_eq!(storefront.end().stderr, "");
}

fn until_going_on(output: &mut impl BufRead) -> String {
    let mut shown = String::new();
    while !shown.contains("Ctrl-C ends it") {
        assert!(output.read_line(&mut shown).expect("text") > 0, "it ended:\n{shown}");
    }
    shown
}

fn get(address: SocketAddr, path: &str) -> String {
    let mut connection = TcpStream::connect(address).expect("it listens");
    connection.set_read_timeout(Some(BOUND)).expect("a time-out");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).expect("it reads");
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).expect("it answers");
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn storefront_says_how_it_is_used() {
    let Ended { success, stdout, stderr } = Running::start("storefront", &["--nonsense"], &[]).end();
    assert!(!success && stdout.is_empty() && stderr.contains("usage:"), "{stdout}\n{stderr}");
}

#[test]
fn axum_chain_shows_one_trace_of_three_services_and_ends() {
    let Ended { success, stdout, stderr } = Running::start("axum_chain", &["--exit"], &[]).end();
    assert!(success && stderr.is_empty(), "{stdout}\n{stderr}");
    let trace = section(&stdout, "Its trace");
    let tree: Vec<_> = trace[1..].iter().map(|line| without_times(line)).collect();
    let expected = "\
web     GET /orders/{id}
web     └─ GET /orders/{id}
orders     └─ GET /orders/{id}
orders        └─ GET
stock            └─ GET /items/{id}
stock               └─ look_up";
    assert_eq!(tree.join("\n"), expected, "{stdout}");
    let id = trace[0].split_whitespace().nth(1).expect("trace, then its id");
    let lines = section(&stdout, "Log lines");
    assert_eq!(lines.iter().filter(|line| line.contains(id)).count(), 3, "{lines:?}");
}

#[test]
fn queue_shows_one_trace_of_the_producer_and_its_workers_and_ends() {
    let Ended { success, stdout, stderr } = Running::start("queue", &["--exit"], &[]).end();
    assert!(success, "{stdout}\n{stderr}");
    assert_eq!(stderr, "");
    let trace = section(&stdout, "The trace of the orders");
    // Which worker has which order is left to chance.
    let tree: Vec<_> = trace[1..].iter().map(|line| without_times(line).replace("west", "east")).collect();
    let expected = "\
shop          place orders
shop          ├─ send orders
packing-east  │  └─ process orders
packing-east  │     └─ ack orders
shop          ├─ create orders
packing-east  │  └─ process orders
packing-east  │     └─ ack orders
shop          ├─ create orders
packing-east  │  └─ process orders
✗ no box is large enough
packing-east  │     └─ ack orders
shop          ├─ create orders
packing-east  │  └─ process orders
packing-east  │     └─ ack orders
shop          └─ send orders";
    assert_eq!(tree.join("\n"), expected, "{stdout}");
}

#[test]
fn queue_says_how_it_is_used_and_what_is_missing() {
    let usage = Running::start("queue", &["--nonsense"], &[]).end();
    assert!(!usage.success && usage.stderr.contains("usage:"), "{}", usage.stderr);
    let nobody = Running::start("queue", &["--exit", "--redis", "redis://127.0.0.1:1"], &[]).end();
    assert!(!nobody.success && nobody.stderr.contains("no broker at 127.0.0.1:1"), "{}", nobody.stderr);
}

#[test]
fn hello_delivers_its_span() {
    let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let collector = Collector::builder().otlp_http(any_port).http(None).start().expect("a free port");
    let endpoint = format!("http://{}", collector.otlp_http_addr().expect("it is on"));
    let hello = Running::start("hello", &[], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]).end();
    assert!(hello.success, "{}{}", hello.stdout, hello.stderr);
    let traces = collector.store().traces(2);
    let [trace] = traces.as_slice() else { panic!("{traces:?}") };
    assert_eq!(trace.root_operation, "greet");
    assert_eq!(
        hello.stdout.matches(&format!("\"trace_id\":\"{}\"", trace.id)).count(),
        2,
        "{}",
        hello.stdout
    );
}

#[test]
fn hello_works_with_nobody_listening() {
    // Nobody listens on port 1, and the system gives it to nobody.
    let endpoint = "http://127.0.0.1:1";
    let hello = Running::start("hello", &[], &[("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)]).end();
    assert!(hello.success, "{}{}", hello.stdout, hello.stderr);
    assert_eq!(hello.stdout.matches("\"trace_id\"").count(), 2, "{}", hello.stdout);
    assert_eq!(hello.stdout.matches("spans are kept and sent again").count(), 1, "{}", hello.stdout);
    assert_eq!(hello.stderr, "");
}

#[test]
fn tail_sampling_shows_that_bad_orders_are_kept_and_good_ones_thinned() {
    let Ended { success, stdout, stderr } = Running::start("tail_sampling", &["--exit"], &[]).end();
    assert!(success, "{stdout}\n{stderr}");
    assert_eq!(stderr, "");
    let rows: Vec<Vec<_>> = section(&stdout, "What the collector was sent")
        .iter()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let row = |reason: &str| rows.iter().find(|row| row[0] == reason).map(|row| &row[1..]);
    // Four spans an order, and what is said at DEBUG in it.
    assert_eq!(row("error"), Some(&["4", "16", "16"][..]), "{stdout}");
    assert_eq!(row("rule:gold"), Some(&["3", "12", "9"][..]), "{stdout}");
    // A machine that is busy makes others slow.
    let number =
        |reason: &str, at: usize| row(reason).map_or(0, |row| row[at].parse::<u64>().expect("a number"));
    assert!(number("slow", 0) >= 2, "{stdout}");
    // About 50 of the others; none of the thousand questions, without details.
    assert!((20..90).contains(&number("ratio", 0)), "{stdout}");
    assert_eq!(number("ratio", 2), 0, "{stdout}");
    let trace = section(&stdout, "An order that failed").join("\n");
    assert!(trace.contains("the bank hung up") && trace.contains("connection reset"), "{trace}");
    let ledger = section(&stdout, "The ledger, balanced").join("\n");
    assert!(ledger.contains("dropped by the tail") && ledger.contains("kept: error"), "{ledger}");
}
