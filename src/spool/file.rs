//! `SpoolFile`: a file of slots, locked as long as this process may write into it.

use super::folder;
use super::header::Header;
use super::inherited;
use super::map::{Map, Piece};
use super::slot::FreeSlot;
use crate::record::fork;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Only its owner reads what a program traces.
const MODE: u32 = 0o600;

/// A file that this process made. Deleted with its last slot, unless spans are to stay in it.
#[derive(Debug)]
pub(super) struct SpoolFile {
    file: File,
    path: PathBuf,
    forks: u32,
    /// Slots that something is in.
    used: AtomicUsize,
    /// Something stays in it.
    keep: AtomicBool,
    /// It was deleted under us.
    gone: AtomicBool,
}

// === impl SpoolFile ===

impl SpoolFile {
    /// Makes a file in a folder, with disk space behind all of it.
    pub(super) fn create(folder: &Path, header: &Header) -> io::Result<Vec<FreeSlot>> {
        let (path, new) = folder::new_names(folder);
        let made = Self::fill(&new, &path, header);
        if made.is_err() {
            // What was begun is of no use to anybody.
            let _ = std::fs::remove_file(&new);
        }
        let (file, pieces) = made?;
        let (used, keep, gone) = (AtomicUsize::new(0), AtomicBool::new(false), AtomicBool::new(false));
        inherited::note(&file);
        let file = Arc::new(SpoolFile { file, path, forks: fork::count(), used, keep, gone });
        Ok(pieces.into_iter().map(|piece| FreeSlot::new(piece, Arc::clone(&file))).collect())
    }

    /// Under another name until it is locked and has its header: nobody takes it for one that was left behind.
    fn fill(new: &Path, path: &Path, header: &Header) -> io::Result<(File, Vec<Piece>)> {
        let mut file = OpenOptions::new().read(true).write(true).create_new(true).mode(MODE).open(new)?;
        if !folder::lock(&file)? {
            return Err(io::Error::other("a file that was just made is locked"));
        }
        folder::allocate(&file, header.file_bytes() as u64)?;
        file.write_all(&header.to_bytes())?;
        let pieces = Map::of(&file, header.file_bytes(), header.length, header.slot_bytes)?;
        std::fs::rename(new, path)?;
        Ok((file, pieces))
    }

    /// Looks whether somebody has deleted it: nothing more is to be written there.
    pub(super) fn look(&self) {
        if self.file.metadata().is_ok_and(|data| data.nlink() == 0) {
            self.gone.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    pub(super) fn is_ours(&self) -> bool {
        self.forks == fork::count()
    }

    pub(super) fn begin(&self) {
        // Relaxed, here and below: the counts matter to the drop alone, which comes after all others let go.
        self.used.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end(&self, settled: bool) {
        if settled {
            self.used.fetch_sub(1, Ordering::Relaxed);
        } else {
            self.keep.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for SpoolFile {
    fn drop(&mut self) {
        inherited::forget(&self.file);
        // The lock ends with the file. In the child of a fork neither is ours.
        let empty = *self.used.get_mut() == 0 && !*self.keep.get_mut();
        if empty && self.is_ours() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
