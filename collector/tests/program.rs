//! The program `throughline`, from the outside.

mod client;
mod sample;

use client::Client;
use sample::{ANY_PORT, body, group, span};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Output, Stdio};

fn throughline(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_throughline"));
    command.args(args).stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = throughline(args).output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

/// A collector in a process of its own, killed if the test fails.
struct Served {
    child: Child,
    otlp: SocketAddr,
    http: SocketAddr,
}

impl Served {
    fn start() -> Self {
        let args = [
            "serve",
            "--memory",
            "--otlp-http",
            "127.0.0.1:0",
            "--http",
            "0",
            "--otlp-grpc",
            "none",
            "--zipkin",
            "0",
        ];
        let mut child = throughline(&args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut addr = || {
            let line = lines.next().expect("a line").expect("UTF-8");
            let (_, rest) = line.split_once("http://").expect("an address");
            rest.trim_end_matches('/').parse().expect("an address")
        };
        let (otlp, http) = (addr(), addr());
        let mut warning = String::new();
        BufReader::new(child.stderr.take().expect("piped")).read_line(&mut warning).expect("UTF-8");
        assert!(warning.contains("--zipkin") && warning.contains("not built yet"), "{warning}");
        Served { child, otlp, http }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn help_and_version_are_printed() {
    let (status, out, _) = run(&["--help"]);
    assert_eq!(status, Some(0));
    assert!(out.contains("throughline COMMAND") && out.contains("--otlp-http"), "{out}");
    assert_eq!(run(&["serve", "--help"]).0, Some(0));
    let (status, out, _) = run(&["--version"]);
    assert_eq!((status, out), (Some(0), format!("throughline {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn a_wrong_command_line_ends_with_2_and_names_what_is_wrong() {
    for (args, named) in [
        (&[][..], "command"),
        (&["nope"], "nope"),
        (&["--nope"], "--nope"),
        (&["serve", "--nope"], "--nope"),
        (&["serve", "word"], "word"),
        (&["serve", "--http"], "--http"),
        (&["serve", "--http", "nonsense"], "nonsense"),
        (&["serve", "--data", "/nowhere"], "--data"),
        (&["show"], "id"),
        (&["traces", "--http", "none"], "--http"),
    ] {
        let (status, out, error) = run(args);
        assert_eq!((status, out.as_str()), (Some(2), ""), "{args:?}");
        assert!(error.contains(named), "{args:?}: {error}");
    }
}

#[test]
fn a_taken_port_is_told_with_its_option() {
    let taken = TcpListener::bind(ANY_PORT).expect("a free port");
    let addr = taken.local_addr().expect("bound").to_string();
    for option in ["--otlp-http", "--http"] {
        let other = if option == "--http" { "--otlp-http" } else { "--http" };
        let (status, _, error) = run(&["serve", "--memory", option, &addr, other, "0"]);
        assert_eq!(status, Some(1));
        assert!(error.contains(option) && error.contains(&addr), "{error}");
    }
    let (status, _, error) = run(&["traces", "--http", "127.0.0.1:1"]);
    assert_eq!(status, Some(1));
    assert!(error.contains("no collector"), "{error}");
}

#[test]
fn what_is_served_is_listed_and_shown_and_a_signal_ends_it() {
    let mut served = Served::start();
    let http = served.http.to_string();
    assert_eq!(run(&["traces", "--http", &http]).1, "no traces yet\n");
    let spans = vec![span(0xabc, 1, 0, "GET /", 0, 12), span(0xabc, 2, 1, "SELECT", 2, 5)];
    assert_eq!(Client::connect(served.otlp).post(&[], &body(vec![group("shop", spans)])).status, 200);

    let (status, out, _) = run(&["traces", "--http", &http, "--service", "shop", "--limit", "3"]);
    assert_eq!((status, out.lines().count()), (Some(0), 1));
    assert!(out.starts_with("00000000000000000000000000000abc") && out.contains("12.0 ms"), "{out}");
    let (status, out, _) = run(&["show", "abc", "--http", &http, "--width", "80"]);
    assert_eq!(status, Some(0));
    assert!(out.contains("└─ SELECT"), "{out}");
    let (status, _, error) = run(&["show", "bad", "--http", &http]);
    assert_eq!(status, Some(1));
    assert!(error.contains("trace not found"), "{error}");

    let pid = served.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
    assert_eq!(served.child.wait().expect("it ends").code(), Some(0));
}

/// `throughline doctor`, with no variables but these: status, output, what it complains of.
fn doctor(args: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let mut command = throughline(&[&["doctor"], args].concat());
    std::env::vars().filter(|(name, _)| name.starts_with("OTEL_")).for_each(|(name, _)| {
        command.env_remove(name);
    });
    let Output { status, stdout, stderr } =
        command.envs(variables.iter().copied()).output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn the_doctor_says_whether_spans_would_arrive() {
    let served = Served::start();
    let otlp = format!("http://{}", served.otlp);
    let (status, text, complaints) = doctor(&[&otlp], &[]);
    assert_eq!((status, complaints.as_str()), (Some(0), ""), "{text}");
    assert!(
        text.contains(&format!("traces go to {otlp}/v1/traces")) && text.contains("is taken (200"),
        "{text}"
    );
    // What programs would do by the variables, log records included.
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", otlp.as_str()), ("OTEL_LOGS_EXPORTER", "otlp")];
    let (status, text, _) = doctor(&[], &variables);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("logs go to") && text.contains("by OTEL_EXPORTER_OTLP_ENDPOINT"), "{text}");
    // The viewer is no receiver.
    let (status, text, complaints) = doctor(&[&format!("http://{}", served.http)], &[]);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("4318") && complaints.contains("does not arrive"), "{text}{complaints}");
    drop(served);
    let (status, text, complaints) = doctor(&[&otlp], &[]);
    assert_eq!(status, Some(1), "{text}");
    assert!(
        text.contains("nothing listens at 127.0.0.1:") && complaints.contains("does not arrive"),
        "{text}"
    );
}

#[test]
fn the_doctor_refuses_what_is_no_url() {
    for (args, status) in
        [(&["ftp://host"][..], Some(1)), (&["http://a", "http://b"], Some(2)), (&["--nope"], Some(2))]
    {
        let (code, text, complaints) = doctor(args, &[]);
        assert_eq!((code, text.as_str()), (status, ""), "{args:?}: {complaints}");
        assert!(!complaints.is_empty(), "{args:?}");
    }
}
