//! `kill -9` at any instant: what was finished is delivered, and nothing else.

use super::{Folder, deliver_what_is_left, start};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use throughline::wire::Value;
use throughline::{Batch, BoxFuture, Exporter, Outcome, SpanData, Stats};
use tracing::info_span;

const CHILD: &str = "THROUGHLINE_TEST_KILLED";
const THREADS: u64 = 2;

/// Writes what it is given to a file, and takes it; or takes nothing.
struct ToFile {
    file: File,
    takes: bool,
}

impl Exporter for ToFile {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        if !self.takes {
            return Box::pin(async { Outcome::Retry { after: None, reason: "nobody is there".into() } });
        }
        let lines: String = batch.spans().map(|span| line(&span.to_data().expect("a whole span"))).collect();
        (&self.file).write_all(lines.as_bytes()).expect("a file that takes it");
        Box::pin(async { Outcome::Accepted })
    }
}

fn line(span: &SpanData) -> String {
    let (thread, n) = numbers(span);
    format!("{thread} {n}\n")
}

/// The thread and the number that a span has as attributes. A torn one would not.
fn numbers(span: &SpanData) -> (u64, u64) {
    let number = |key: &str| match support_attribute(span, key) {
        Some(Value::Int(number)) => *number as u64,
        other => panic!("{key} is {other:?}"),
    };
    assert_eq!(span.name, "work");
    let text = support_attribute(span, "text");
    assert_eq!(text, Some(&Value::from("some text that is long enough to be torn")));
    (number("thread"), number("n"))
}

fn support_attribute<'a>(span: &'a SpanData, key: &str) -> Option<&'a Value> {
    crate::support::attribute(&span.attributes, key)
}

/// In the child: makes spans as fast as it can until it is killed, and notes after each that it is finished.
fn child(folder: &Path, takes: bool) {
    let append = |name: &str| OpenOptions::new().create(true).append(true).open(folder.join(name));
    let exporter = ToFile { file: append("delivered").expect("a file"), takes };
    // What is refused for want of memory is not finished: here there is enough.
    let builder = super::spooling(&folder.join("spool")).queue_bytes(64 << 20).spool_bytes(1 << 30);
    let (dispatch, guard) = start(builder.schedule_delay(Duration::from_millis(20)).exporter(exporter));
    let finished = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("finished"));
    let finished = finished.expect("a file");
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (dispatch, finished, reader) = (dispatch.clone(), &finished, guard.stats_reader());
            scope.spawn(move || {
                tracing::dispatcher::with_default(&dispatch, || {
                    for n in 1_u64.. {
                        drop(info_span!(
                            "work",
                            thread,
                            n,
                            text = "some text that is long enough to be torn"
                        ));
                        let stats = if n % 64 == 0 { reader.stats() } else { Stats::default() };
                        assert_eq!((stats.refused.total(), stats.unspooled), (0, 0), "{stats}");
                        finished.write_all_at(&n.to_le_bytes(), thread * 8).expect("a file that takes it");
                    }
                });
            });
        }
    });
}

/// Which numbers of each thread there are, and how often.
fn count(lines: impl Iterator<Item = (u64, u64)>, into: &mut HashMap<(u64, u64), u32>) {
    lines.for_each(|at| *into.entry(at).or_default() += 1);
}

fn kill_after(wait: Duration, takes: bool) {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path()).expect("a folder");
    let this = std::env::current_exe().expect("this binary");
    let mut child = Command::new(this)
        .args(["kill::killed_at_any_instant_nothing_that_was_finished_is_lost", "--exact"])
        .env(CHILD, folder.path())
        .env("THROUGHLINE_TEST_TAKES", if takes { "1" } else { "" })
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let begun = Instant::now();
    let path = folder.path().join("finished");
    crate::support::until("the child works", || path.metadata().is_ok_and(|data| data.len() == 8 * THREADS));
    // The instant is what is random here; nothing is waited for.
    std::thread::sleep(wait);
    child.kill().expect("it runs");
    let status = child.wait().expect("it ended");
    assert_eq!(status.signal(), Some(9), "it ended by itself: something was refused");

    let mut seen = HashMap::new();
    let delivered = std::fs::read_to_string(folder.path().join("delivered")).expect("a file");
    // The last line may be half written: its batch was not taken then.
    let whole = delivered.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let pair = |line: &str| {
        line.split_once(' ').map(|(a, b)| (a.parse().expect("a number"), b.parse().expect("a number")))
    };
    count(whole.lines().filter_map(pair), &mut seen);
    let (kept, guard) = deliver_what_is_left(&folder.path().join("spool"));
    count(kept.spans().iter().map(numbers), &mut seen);
    let finished = std::fs::read(&path).expect("a file");
    let mut total = 0;
    for (thread, last) in (0..).zip(finished.chunks_exact(8)) {
        let last = u64::from_le_bytes(last.try_into().expect("eight bytes"));
        total += last;
        for n in 1..=last {
            assert!(
                seen.contains_key(&(thread, n)),
                "{n} of {last} of thread {thread} is lost, {:?}",
                begun.elapsed()
            );
        }
        let beyond = seen.keys().filter(|(of, n)| *of == thread && *n > last + 1).count();
        assert_eq!(beyond, 0, "spans that nobody made");
    }
    // Twice is only what was under way: a batch, or what had been taken and was not yet given back.
    let twice = seen.values().filter(|count| **count > 1).count() as u64;
    assert!(seen.values().all(|count| *count <= 2), "something came three times");
    assert!(twice < 20_000 || takes, "{twice} of {total} came twice");
    let stats = guard.stats();
    assert!(stats.is_balanced(), "{stats}");
}

#[test]
fn killed_at_any_instant_nothing_that_was_finished_is_lost() {
    if let Some(folder) = std::env::var_os(CHILD) {
        let takes = std::env::var_os("THROUGHLINE_TEST_TAKES").is_some_and(|takes| !takes.is_empty());
        return child(Path::new(&folder), takes);
    }
    let soak = std::env::var_os("THROUGHLINE_SOAK").is_some();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for n in 0..if soak { 200 } else { 8 } {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        kill_after(Duration::from_micros(state % 150_000), n % 4 != 0);
    }
}
