//! Files that a power failure or a bad disk has changed: what is whole in them is delivered, never a wrong span.

use super::{Folder, deliver_what_is_left, spooling, start};
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;
use throughline::{Batch, BoxFuture, Exporter, Outcome, SpanData, SpanId};
use tracing::dispatcher::with_default;
use tracing::{info, info_span};

/// Takes nothing.
struct Nobody;

impl Exporter for Nobody {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async { Outcome::Retry { after: None, reason: "nobody is there".into() } })
    }
}

/// Leaves spans behind; gives the file that they are in.
fn leave(folder: &Path) -> Vec<u8> {
    let builder = spooling(folder).spool_bytes(4 << 20);
    let (dispatch, guard) = start(builder.exporter(Nobody));
    with_default(&dispatch, || {
        for n in 0..300 {
            let span = info_span!("work", n, text = "t".repeat(n % 50));
            span.in_scope(|| info!(n, "working"));
        }
    });
    guard.shutdown(Duration::ZERO).expect_err("nobody takes it");
    drop((dispatch, guard));
    let files: Vec<_> = std::fs::read_dir(folder).expect("a folder").flatten().map(|it| it.path()).collect();
    let [file] = &files[..] else { panic!("{files:?}") };
    std::fs::read(file).expect("the file")
}

fn delivered(file: &[u8]) -> Vec<SpanData> {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path()).expect("a folder");
    std::fs::write(folder.path().join("throughline-1-0.spool"), file).expect("written");
    let (kept, guard) = deliver_what_is_left(folder.path());
    assert!(guard.stats().is_balanced(), "{}", guard.stats());
    kept.spans()
}

#[test]
fn damaged_files_give_what_is_whole_and_nothing_else() {
    let folder = Folder::new();
    let file = leave(folder.path());
    let whole: HashMap<SpanId, SpanData> =
        delivered(&file).into_iter().map(|span| (span.span_id, span)).collect();
    assert_eq!(whole.len(), 300);
    let cases = if std::env::var_os("THROUGHLINE_SOAK").is_some() { 2_000 } else { 60 };
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize % below
    };
    let filled = file.iter().rposition(|byte| *byte != 0).expect("not empty") + 1;
    let (mut fewest, mut all) = (usize::MAX, 0);
    for case in 0..cases {
        let mut damaged = file.clone();
        match case % 4 {
            0 => damaged.truncate(random(filled)),
            1 => (0..=random(4)).for_each(|_| damaged[4096 + random(filled - 4096)] ^= 1 << random(8)),
            // A page that was never written.
            2 => damaged[4096 * (1 + random(filled / 4096))..][..4096].fill(0),
            _ => (0..1 + random(300)).for_each(|_| damaged[random(filled)] = random(256) as u8),
        }
        let spans = delivered(&damaged);
        fewest = fewest.min(spans.len());
        all += usize::from(spans.len() >= 290);
        for span in spans {
            assert_eq!(whole.get(&span.span_id), Some(&span), "case {case}");
        }
    }
    // A flipped bit costs the span that it is in.
    assert!(fewest < 100 && all > cases / 10, "{fewest} at least, {all} of {cases} nearly whole");
}
