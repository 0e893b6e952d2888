//! The folder of the spool: the names in it, the lock of a file, and disk space.

#![allow(unsafe_code)]

use crate::context::IdRng;
use std::fs::{DirBuilder, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// What the name of a whole file ends with, of one that is being made, and of one that nobody can read.
const WHOLE: &str = "spool";
const NEW: &str = "spool-new";
const UNREADABLE: &str = "spool-unreadable";

/// Makes the folder, if there is none.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// A name that nobody has, and the one that the file has until it is whole.
pub(super) fn new_names(folder: &Path) -> (PathBuf, PathBuf) {
    let name = format!("throughline-{}-{:016x}", std::process::id(), IdRng::unseeded().next_u64());
    (folder.join(&name).with_extension(WHOLE), folder.join(&name).with_extension(NEW))
}

/// The files in a folder that are whole, oldest first. Others' files are not ours to look at.
pub(super) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if is_named(&path, WHOLE) {
            let modified = path.metadata().and_then(|data| data.modified()).ok();
            found.push((modified, path));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// The bytes of all files in a folder, of whatever process.
pub(super) fn bytes(folder: &Path) -> io::Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if [WHOLE, NEW, UNREADABLE].iter().any(|end| is_named(&path, end)) {
            sum += path.metadata().map_or(0, |data| data.len());
        }
    }
    Ok(sum)
}

/// Files that somebody began to make and died over.
pub(super) fn remove_unfinished(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()).filter(|path| is_named(path, NEW)) {
        let free = File::options().read(true).write(true).open(&path).and_then(|file| lock(&file));
        // Between its making and its lock a file is free for an instant; it is empty then.
        if free.unwrap_or(false) && path.metadata().is_ok_and(|data| data.len() > 0) {
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// Gives a file that cannot be read another name, so that it is looked at once.
pub(super) fn set_aside(path: &Path) -> PathBuf {
    let aside = path.with_extension(UNREADABLE);
    let _ = std::fs::rename(path, &aside);
    aside
}

fn is_named(path: &Path, end: &str) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with("throughline-") && path.extension().is_some_and(|extension| extension == end)
}

/// Takes the lock of a file; `false`: another has it. It ends when the file is closed, at the latest with the process.
pub(super) fn lock(file: &File) -> io::Result<bool> {
    // SAFETY: the descriptor is open for the time of the call.
    let taken = unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) };
    match taken {
        0 => Ok(true),
        _ => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            error => Err(error),
        },
    }
}

/// Makes a file so long, with disk space behind all of it: a store to a mapped page without is the end of a process.
pub(super) fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        let length = libc::off_t::try_from(bytes).map_err(|_| io::ErrorKind::FileTooLarge)?;
        // SAFETY: the descriptor is open for the time of the call.
        match unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, length) } {
            0 => Ok(()),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        use std::io::{Seek, Write};
        const ZEROS: [u8; 1 << 16] = [0; 1 << 16];
        let mut file = file;
        let mut left = bytes;
        while left > 0 {
            let step = left.min(ZEROS.len() as u64) as usize;
            file.write_all(&ZEROS[..step])?;
            left -= step as u64;
        }
        file.rewind()
    }
}
