//! Unrelated processes that share a folder at the same time: some end well, some are killed, all look for what others left.

use super::{Folder, spooling, start};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use throughline::wire::Value;
use throughline::{Batch, BoxFuture, Exporter, Outcome, SpanData};
use tracing::dispatcher::with_default;
use tracing::info_span;

const CHILD: &str = "THROUGHLINE_TEST_CROWD";
const NAME: &str = "crowd::processes_that_share_a_folder_lose_nothing_and_deliver_nothing_twice";

/// Writes what it takes to a file, with one write a batch, and now and then takes nothing.
struct ToFile {
    file: File,
    calls: AtomicU32,
}

impl Exporter for ToFile {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        if self.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(3) {
            return Box::pin(async { Outcome::Retry { after: None, reason: "not now".into() } });
        }
        let lines = batch.spans().map(|span| line(&span.to_data().expect("a whole span")));
        // In its own line, so that what was cut by a kill is told from what was not.
        let text = format!("{}.\n", lines.collect::<String>());
        (&self.file).write_all(text.as_bytes()).expect("a file that takes it");
        Box::pin(async { Outcome::Accepted })
    }
}

fn line(span: &SpanData) -> String {
    let number = |key: &str| match crate::support::attribute(&span.attributes, key) {
        Some(Value::Int(number)) => *number,
        other => panic!("{key} is {other:?}"),
    };
    format!("{} {},", number("who"), number("n"))
}

/// Makes spans, notes each that is finished, and ends when its standard input does, or is killed.
fn child(folder: &Path, who: u32) {
    let append = |name: String| OpenOptions::new().create(true).append(true).open(folder.join(name));
    let exporter =
        ToFile { file: append(format!("delivered {who}")).expect("a file"), calls: AtomicU32::new(0) };
    let finished = append(format!("finished {who}")).expect("a file");
    let quick = Duration::from_millis(5);
    let builder = spooling(&folder.join("spool")).spool_bytes(1 << 30).retry_waits(quick, 2 * quick);
    let (dispatch, guard) = start(builder.schedule_delay(quick).request_spans(50).exporter(exporter));
    let ends = std::thread::spawn(|| std::io::read_to_string(std::io::stdin()));
    with_default(&dispatch, || {
        for n in 0.. {
            drop(info_span!("work", who, n));
            (&finished).write_all(b".").expect("a file that takes it");
            if n % 10 == 9 {
                std::thread::sleep(Duration::from_millis(1));
            }
            if ends.is_finished() {
                break;
            }
        }
    });
    let stats = guard.stats();
    assert_eq!((stats.refused.total(), stats.unspooled), (0, 0), "{stats}");
    // Some have no time to deliver all of it.
    let _ = guard.shutdown(if who.is_multiple_of(4) { Duration::ZERO } else { super::LONG });
    assert!(guard.stats().is_balanced(), "{}", guard.stats());
    assert_eq!(guard.stats().exporters[0].dropped.total(), 0, "{}", guard.stats());
}

fn spawn(folder: &Path, who: u32) -> Child {
    Command::new(std::env::current_exe().expect("this binary"))
        .args([NAME, "--exact", "--nocapture"])
        .env(CHILD, format!("{who} {}", folder.display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("it starts")
}

/// How often each span was delivered.
fn delivered(folder: &Path) -> HashMap<(u32, u64), u32> {
    let mut seen = HashMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if !entry.file_name().to_string_lossy().starts_with("delivered") {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).expect("a file");
        // What is cut was not taken.
        for batch in text.split_inclusive(".\n").filter_map(|batch| batch.strip_suffix(".\n")) {
            for span in batch.split_terminator(',') {
                let (who, n) = span.split_once(' ').expect("two numbers");
                let at = (who.parse().expect("a number"), n.parse().expect("a number"));
                *seen.entry(at).or_default() += 1;
            }
        }
    }
    seen
}

#[test]
fn processes_that_share_a_folder_lose_nothing_and_deliver_nothing_twice() {
    if let Some(given) = std::env::var_os(CHILD) {
        let given = given.into_string().expect("text");
        let (who, folder) = given.split_once(' ').expect("a number and a folder");
        return child(Path::new(folder), who.parse().expect("a number"));
    }
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path()).expect("a folder");
    let rounds = if std::env::var_os("THROUGHLINE_SOAK").is_some() { 40 } else { 4 };
    let (mut running, mut next, mut killed) = (Vec::new(), 0, Vec::new());
    for round in 0..rounds {
        // Three start at once, while three of the round before still run.
        let first = next;
        while next < first + 3 {
            running.push((next, spawn(folder.path(), next)));
            next += 1;
        }
        let works = |who: u32| {
            folder.path().join(format!("finished {who}")).metadata().is_ok_and(|data| data.len() > 500)
        };
        crate::support::until("all of them work", || (first..next).all(works));
        let last = round + 1 == rounds;
        let of_before: Vec<_> =
            running.drain(..if last { running.len() } else { running.len() - 3 }).collect();
        for (who, mut child) in of_before {
            if who % 3 == 1 {
                child.kill().expect("it runs");
                child.wait().expect("it ended");
                killed.push(who);
            } else {
                drop(child.stdin.take());
                assert!(child.wait().expect("it ended").success(), "{who} failed");
            }
        }
    }
    // The last one finds what all others have left.
    let exporter = super::support::Kept::default();
    let (_dispatch, guard) = start(spooling(&folder.path().join("spool")).exporter(exporter.clone()));
    let spool = || std::fs::read_dir(folder.path().join("spool")).into_iter().flatten().flatten();
    let ours = format!("throughline-{}-", std::process::id());
    let left = || spool().filter(|it| !it.file_name().to_string_lossy().starts_with(&ours)).count();
    crate::support::until("what was left is delivered", || left() == 0);
    guard.shutdown(super::LONG).expect("nothing is left");
    let mut seen = delivered(folder.path());
    for span in exporter.spans() {
        let text = line(&span);
        let (who, n) = text.trim_end_matches(',').split_once(' ').expect("two numbers");
        *seen.entry((who.parse().expect("a number"), n.parse().expect("a number"))).or_default() += 1;
    }
    let (mut total, mut twice) = (0, 0_u64);
    for who in 0..next {
        let finished = folder.path().join(format!("finished {who}")).metadata().expect("a file").len();
        total += finished;
        for n in 0..finished {
            let times = seen.remove(&(who, n)).unwrap_or_default();
            assert!(times > 0, "{n} of {finished} of {who} is lost");
            twice += u64::from(times - 1);
        }
        // Killed between its last span and the note of it.
        seen.remove(&(who, finished));
    }
    assert!(seen.is_empty(), "{} spans that nobody made", seen.len());
    // Only a kill between the taking of a batch of 50 and the note of that in the spool.
    let most = 50 * killed.len() as u64;
    assert!(twice <= most, "{twice} of {total} twice, with {} killed", killed.len());
}
