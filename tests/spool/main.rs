//! Finished spans on disk: what outlives the process, what waits for the collector, and what is in the way.

#![cfg(unix)]

#[path = "../support/mod.rs"]
mod support;

mod crowd;
mod damage;
mod folders;
mod kill;
mod outage;
mod owed;
mod poison;
mod processes;
mod undecided;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use support::Kept;
use throughline::{Builder, Guard};
use tracing::Dispatch;
use tracing_subscriber::{prelude::*, registry};

const LONG: Duration = Duration::from_secs(20);

/// A folder that is gone with its test.
struct Folder(PathBuf);

// === impl Folder ===

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("throughline-spool-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        Folder(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }

    /// Waits until there is nothing in it: the last file may have been in the making at the shutdown.
    fn empties(&self) {
        support::until("no file is left", || self.files().is_empty());
    }

    /// The spool's files.
    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.0).into_iter().flatten();
        let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// With a spool in this folder, small so that its limits are near.
fn spooling(folder: &Path) -> Builder {
    support::bare().spool(folder).queue_bytes(1 << 20).spool_bytes(64 << 20)
}

fn start(builder: Builder) -> (Dispatch, Guard) {
    let (layer, guard) = builder.build().expect("valid settings");
    (Dispatch::new(registry().with(layer)), guard)
}

/// Starts with this folder, and waits until all that was left there is delivered: its spans, in the order of their arrival.
fn deliver_what_is_left(folder: &Path) -> (Kept, Guard) {
    let kept = Kept::default();
    let (_, guard) = start(spooling(folder).exporter(kept.clone()));
    let ours = format!("-{}-", std::process::id());
    let is_left = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".spool") && !name.contains(&ours)
    };
    let left =
        || std::fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path()).filter(is_left);
    support::until("what was left is delivered", || left().next().is_none());
    (kept, guard)
}
