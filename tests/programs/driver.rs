//! Starts shapes, and compares how they end and what arrives with what is expected.

use crate::support::collector::{Collector, Reply, Request};
use crate::{forks, shapes, signals};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

pub(crate) const SHAPE: &str = "--shape";
/// Longer than any of them takes on a machine that is busy.
pub(crate) const BOUND: Duration = Duration::from_secs(120);
/// What a dropped guard may take, with the start of the process on a busy machine.
const DROPPED: Duration = Duration::from_secs(5);
const START: Duration = Duration::from_secs(10);

/// A program, and what becomes of it.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) main: fn(),
    pub(crate) ends: Ends,
    /// The names of the spans that arrive, sorted.
    pub(crate) delivers: &'static [&'static str],
}

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    Code(i32),
    Signal(i32),
}

/// A process that is killed if the test fails.
pub(crate) struct Program {
    child: Child,
    begun: Instant,
    said: Receiver<String>,
    errors: Receiver<String>,
}

/// What came of one.
pub(crate) struct Ended {
    pub(crate) ends: Ends,
    pub(crate) took: Duration,
    /// What it wrote on standard error.
    pub(crate) errors: String,
}

type Test = (&'static str, fn());

const TESTS: &[Test] = &[
    ("every_shape_delivers_all_it_has_and_ends_as_it_should", deliver),
    ("no_shape_outlives_the_drop_of_its_guard_by_much_when_the_collector_hangs", hang),
    ("a_signal_delivers_and_ends_the_process", signals::a_signal_delivers),
    ("a_signal_to_a_program_that_has_a_handler_is_the_programs", signals::a_handler_is_left_alone),
    ("a_second_signal_does_not_wait", signals::a_second_signal),
    ("a_main_that_ends_meanwhile_waits_for_the_delivery", signals::the_end_waits_for_it),
    ("a_signal_to_a_child_is_none_to_its_parent", signals::a_child_is_not_its_parent),
    ("a_signal_gives_up_in_time_when_the_collector_hangs", signals::a_collector_that_hangs),
    ("forks_under_full_load_deliver_each_span_once", forks::under_full_load),
    ("a_child_that_only_logs_delivers_that", forks::with_log_records),
    ("a_child_hangs_under_the_span_that_it_was_forked_in", forks::in_a_span),
    (
        "a_child_decides_whatever_was_done_to_the_sampler_at_that_moment",
        forks::sampling::as_the_sampler_changes,
    ),
    ("what_a_child_counts_and_leaves_behind_is_of_one_instance", forks::metrics::are_the_childs_own),
    ("a_child_has_a_tail_of_its_own", forks::sampling::with_a_tail),
];

/// In the program: its `main`.
pub(crate) fn play(name: &str) {
    let mut all = [shapes::SHAPES, signals::SHAPES, forks::SHAPES].into_iter().flatten();
    (all.find(|shape| shape.name == name).expect("a shape of this name").main)();
}

/// As libtest does it, as far as `cargo test` needs.
pub(crate) fn test(arguments: &[String]) {
    let filters: Vec<_> = arguments.iter().filter(|it| !it.starts_with('-')).collect();
    let wanted =
        |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str()));
    if arguments.iter().any(|it| it == "--list") {
        return TESTS.iter().for_each(|(name, _)| println!("{name}: test"));
    }
    let none = arguments.iter().any(|it| it == "--ignored");
    let tests: Vec<_> = TESTS.iter().filter(|(name, _)| !none && wanted(name)).collect();
    println!("\nrunning {} tests", tests.len());
    let mut failed = 0;
    for (name, test) in &tests {
        let outcome = std::panic::catch_unwind(test);
        failed += usize::from(outcome.is_err());
        println!("test {name} ... {}", if outcome.is_ok() { "ok" } else { "FAILED" });
    }
    let (verdict, passed) = (if failed == 0 { "ok" } else { "FAILED" }, tests.len() - failed);
    let out = TESTS.len() - tests.len();
    println!(
        "\ntest result: {verdict}. {passed} passed; {failed} failed; 0 ignored; 0 measured; {out} filtered out\n"
    );
    std::process::exit(if failed == 0 { 0 } else { 101 });
}

fn deliver() {
    each(shapes::SHAPES, |shape| {
        let collector = Collector::accepting();
        let ended = Program::start(shape.name, &collector).end();
        let told = || format!("{}, {:?}: {}", shape.name, ended.took, ended.errors);
        assert_eq!(ended.ends, shape.ends, "{}", told());
        assert_eq!(names(&collector), shape.delivers, "{}", told());
        assert!(ended.took < DROPPED + START, "{}", told());
    });
}

fn hang() {
    each(shapes::SHAPES, |shape| {
        let collector = Collector::answering(|_| Reply::Never);
        let ended = Program::start(shape.name, &collector).end();
        // What flushes by itself says so, and goes on.
        let told = || format!("{}, {:?}: {}", shape.name, ended.took, ended.errors);
        assert_eq!(ended.ends, shape.ends, "{}", told());
        assert!(ended.took < DROPPED + shapes::FLUSH + START, "{}", told());
    });
}

/// All at once, for most of their time they wait; the first failure is told.
fn each(shapes: &'static [Shape], check: impl Fn(&Shape) + Sync) {
    std::thread::scope(|scope| {
        let checks: Vec<_> = shapes.iter().map(|shape| scope.spawn(|| check(shape))).collect();
        checks.into_iter().for_each(|check| check.join().expect("see above"));
    });
}

/// The names of the spans that were accepted, sorted.
pub(crate) fn names(collector: &Collector) -> Vec<String> {
    let mut names: Vec<_> = collector.accepted().into_iter().map(|span| span.name).collect();
    names.sort();
    names
}

/// An attribute of the resource of a request, as text.
pub(crate) fn resource(request: &Request, key: &str) -> String {
    let resource = request.decoded().resource_spans.into_iter().next().and_then(|group| group.resource);
    let found = resource.expect("there is one").attributes.into_iter().find(|it| it.key == key);
    format!("{:?}", found.and_then(|it| it.value).and_then(|it| it.value))
}

// === impl Program ===

impl Program {
    pub(crate) fn start(name: &str, collector: &Collector) -> Program {
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        let ours =
            |name: &str| name.starts_with("OTEL_") || name.starts_with("THROUGHLINE_") || name == "RUST_LOG";
        for (name, _) in std::env::vars().filter(|(name, _)| ours(name) && name != "THROUGHLINE_SOAK") {
            command.env_remove(name);
        }
        command.args([SHAPE, name]).env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url());
        // Only what is asked for is delivered.
        command.env("OTEL_BSP_SCHEDULE_DELAY", "3600000");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let said = lines(child.stdout.take().expect("a pipe"));
        let errors = lines(child.stderr.take().expect("a pipe"));
        Program { child, begun: Instant::now(), said, errors }
    }

    /// The rest of the next line that begins with this.
    pub(crate) fn says(&self, word: &str) -> String {
        let end = Instant::now() + BOUND;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(line) = self.said.recv_timeout(left) else {
                let errors: Vec<_> = self.errors.iter().take(20).collect();
                panic!("it does not say {word:?}: {}", errors.join("\n"));
            };
            if let Some(rest) = line.strip_prefix(word) {
                return rest.trim().to_owned();
            }
        }
    }

    pub(crate) fn signal(&self, signal: i32) {
        // SAFETY: it is a child of this process and has not been waited for.
        assert_eq!(unsafe { libc::kill(self.child.id() as i32, signal) }, 0);
    }

    /// Whether it has not ended after this time.
    pub(crate) fn still_runs(&mut self, after: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < after {
            if self.child.try_wait().expect("a child").is_some() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ended {
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            assert!(self.begun.elapsed() < BOUND, "it hangs");
            std::thread::sleep(Duration::from_millis(2));
        };
        let took = self.begun.elapsed();
        // A grandchild may still hold the pipe: only what has been written is wanted.
        let errors: Vec<_> = self.errors.try_iter().collect();
        Ended { ends: Ends::of(status), took, errors: errors.join("\n") }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended, unless the test fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        lines.for_each(|line| drop(sender.send(line)));
    });
    receiver
}

// === impl Ends ===

impl Ends {
    fn of(status: ExitStatus) -> Ends {
        match status.signal() {
            Some(signal) => Ends::Signal(signal),
            None => Ends::Code(status.code().expect("no signal, so a code")),
        }
    }
}
