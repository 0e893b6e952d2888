//! Folders that are in the way: what was accepted stays in memory, is delivered, told and counted.

use super::outage::Away;
use super::{Folder, LONG, spooling, start};
use crate::support::{Counted, Kept, Lines, until};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;
use throughline::Stats;
use tracing::dispatcher::with_default;
use tracing::info_span;
use tracing_subscriber::{fmt, prelude::*, registry};

/// Finishes spans with the spool in a folder that cannot be used; gives the ledger, and what was told.
fn work_in(folder: &Path) -> (Stats, String) {
    let (counted, lines) = (Counted::default(), Lines::default());
    let (layer, guard) = spooling(folder).exporter(counted.clone()).build().expect("no reason not to start");
    let written = lines.clone();
    let lined = fmt::layer().with_ansi(false).with_writer(move || written.clone());
    with_default(&tracing::Dispatch::new(registry().with(lined).with(layer)), || {
        (0..1_000).for_each(|_| drop(info_span!("work")));
        guard.flush(LONG).expect("everything is taken");
    });
    assert_eq!(counted.spans(), 1_000);
    let stats = guard.stats();
    assert!(stats.is_balanced(), "{stats}");
    (stats, lines.text())
}

#[test]
fn a_folder_that_cannot_be_made_is_told_and_spans_stay_in_memory() {
    let folder = Folder::new();
    std::fs::write(folder.path(), "a file").expect("written");
    let (stats, told) = work_in(&folder.path().join("spool"));
    assert_eq!(stats.unspooled, 1_000, "{stats}");
    assert!(told.contains("cannot be used") && told.contains("stays in memory"), "{told}");
    std::fs::remove_file(folder.path()).expect("removed");
}

#[test]
fn a_read_only_file_system_is_told_and_spans_stay_in_memory() {
    // Nobody may make a folder there, root included.
    let (stats, told) = work_in(Path::new("/proc/throughline-spool"));
    assert_eq!(stats.unspooled, 1_000, "{stats}");
    assert!(told.contains("cannot be used"), "{told}");
}

#[test]
fn a_folder_that_is_removed_is_made_anew() {
    let (folder, kept) = (Folder::new(), Kept::default());
    let (dispatch, guard) = start(spooling(folder.path()).exporter(kept.clone()));
    with_default(&dispatch, || drop(info_span!("before")));
    std::fs::remove_dir_all(folder.path()).expect("removed");
    until("it is there again", || !folder.files().is_empty());
    with_default(&dispatch, || (0..10).for_each(|_| drop(info_span!("after"))));
    guard.flush(LONG).expect("everything is taken");
    assert_eq!(kept.spans().len(), 11);
    guard.shutdown(LONG).expect("everything is taken");
    folder.empties();
}

#[test]
fn over_the_quota_spans_stay_in_memory_and_are_counted() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path()).expect("a folder");
    // What is there already counts: it may be another process's.
    std::fs::write(folder.path().join("throughline-1-1.spool-unreadable"), vec![0; 64 << 20])
        .expect("written");
    let (stats, told) = work_in(folder.path());
    assert_eq!(stats.unspooled, 1_000, "{stats}");
    assert!(told.contains("67108864 bytes, of 67108864 allowed"), "{told}");
}

#[test]
fn a_longer_span_than_a_slot_is_delivered_from_memory() {
    let (folder, kept) = (Folder::new(), Kept::default());
    let (dispatch, guard) = start(spooling(folder.path()).exporter(kept.clone()));
    let long = "l".repeat(200_000);
    with_default(&dispatch, || {
        drop(info_span!("short"));
        drop(info_span!("long", long));
        drop(info_span!("short again"));
    });
    guard.flush(LONG).expect("everything is taken");
    let stats = guard.stats();
    assert_eq!((kept.spans().len(), stats.unspooled), (3, 1), "{stats}");
    assert!(stats.is_balanced(), "{stats}");
}

#[test]
fn a_file_that_nobody_can_read_is_set_aside_and_told() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path()).expect("a folder");
    std::fs::write(folder.path().join("throughline-1-2.spool"), "no header").expect("written");
    std::fs::write(folder.path().join("of-somebody-else"), "not ours").expect("written");
    let lines = Lines::default();
    let (layer, guard) = spooling(folder.path()).exporter(Kept::default()).build().expect("valid settings");
    let written = lines.clone();
    let lined = fmt::layer().with_ansi(false).with_writer(move || written.clone());
    let _dispatch = tracing::Dispatch::new(registry().with(lined).with(layer));
    until("it is told", || lines.text().contains("it has no header that is whole"));
    guard.shutdown(LONG).expect("nothing to deliver");
    let left: Vec<_> =
        folder.files().iter().filter_map(|it| Some(it.file_name()?.to_str()?.to_owned())).collect();
    assert_eq!(left, ["of-somebody-else", "throughline-1-2.spool-unreadable"]);
}

/// A file system of 3 MiB, of its own.
struct Small(Folder);

impl Small {
    fn new() -> Small {
        let folder = Folder::new();
        std::fs::create_dir_all(folder.path()).expect("a folder");
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "none"]).arg(folder.path()).status();
        assert!(mount.is_ok_and(|status| status.success()), "this test needs root: it mounts a file system");
        Small(folder)
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
#[ignore = "mounts a file system, which takes root"]
fn on_a_full_disk_spans_stay_in_memory_and_none_is_lost() {
    let small = Small::new();
    let folder = small.0.path();
    let away = Away::default();
    // Files of 2 MiB, of which one has room.
    let (dispatch, guard) = start(spooling(folder).queue_bytes(8 << 20).exporter(away.clone()));
    with_default(&dispatch, || (0..20_000).for_each(|_| drop(info_span!("work"))));
    let stats = guard.stats();
    assert!(stats.is_balanced() && stats.unspooled > 0 && stats.refused.total() == 0, "{stats}");
    away.back.store(true, Ordering::SeqCst);
    guard.flush(LONG).expect("everything is taken");
    assert_eq!(away.spans.load(Ordering::SeqCst), 20_000, "{}", guard.stats());
    guard.shutdown(Duration::from_secs(5)).expect("everything is taken");
}
