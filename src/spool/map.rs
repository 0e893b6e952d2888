//! `Map`: a file in memory, and the exclusive `Piece`s that it is cut into.

#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering, compiler_fence};

/// So many bytes at the start of a piece are never lent: their words may be stored while others read what follows.
pub(super) const HEAD: usize = 128;
/// The step in which memory is touched. Pages may be larger, never smaller.
const PAGE: usize = 4096;

/// A file, mapped for reading and writing and shared with it.
#[derive(Debug)]
pub(super) struct Map {
    start: NonNull<u8>,
    length: usize,
}

/// A range of a map that nothing else in this process reads or writes.
#[derive(Debug)]
pub(super) struct Piece {
    map: Arc<Map>,
    at: usize,
    length: usize,
}

// === impl Map ===

// SAFETY: a map is a range of memory that belongs to no thread; what is in it is reached through pieces only, which do
// not overlap, and whose methods follow the rules of references.
unsafe impl Send for Map {}
// SAFETY: as above; a map itself has no method that reads or writes what is in it.
unsafe impl Sync for Map {}

impl Map {
    /// Maps the first `length` bytes of a file, and cuts what follows the first `skip` of them into pieces.
    ///
    /// The file must have that many bytes with disk space behind them, and stay so: the caller has allocated them, and
    /// holds the file's lock, which everyone keeps to who may shorten it.
    pub(super) fn of(file: &File, length: usize, skip: usize, piece: usize) -> io::Result<Vec<Piece>> {
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory that is in use. The file
        // descriptor is open for the time of the call, and the mapping needs it no longer than that.
        let start = unsafe {
            let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
            libc::mmap(std::ptr::null_mut(), length, access, kind, file.as_raw_fd(), 0)
        };
        let start = match start {
            libc::MAP_FAILED => return Err(io::Error::last_os_error()),
            start => NonNull::new(start.cast()).ok_or(io::ErrorKind::Unsupported)?,
        };
        let map = Arc::new(Map { start, length });
        let whole = (length - skip.min(length)) / piece;
        Ok((0..whole).map(|n| Piece { map: Arc::clone(&map), at: skip + n * piece, length: piece }).collect())
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: the range is the one that was mapped, and no piece is left that could reach into it: each holds the
        // map. A failure would leave it mapped, which harms nobody.
        unsafe {
            libc::munmap(self.start.as_ptr().cast(), self.length);
        }
    }
}

// === impl Piece ===

impl Piece {
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// The bytes from `from` to `to`, cut to what there is behind the head. Reading what is not in memory may wait for the disk.
    #[inline]
    pub(super) fn bytes(&self, from: usize, to: usize) -> &[u8] {
        let to = to.min(self.length);
        let from = from.max(HEAD).min(to);
        // SAFETY: the range lies within the piece, hence within the map, which lives as long as the piece. Every byte
        // of a mapped file is initialized. Nobody writes to it while this borrow lives: writing takes `&mut self` but
        // for the words of the head, which is left out; no other piece overlaps, and other processes keep to the
        // file's lock.
        unsafe { std::slice::from_raw_parts(self.start().add(from), to - from) }
    }

    /// Writes bytes; what does not fit is left out.
    #[inline]
    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) {
        debug_assert!(at + bytes.len() <= self.length, "written past the end of a piece");
        if at > self.length || bytes.len() > self.length - at {
            return;
        }
        // SAFETY: the range lies within the piece, and `&mut self` makes this the only access to it. The source is
        // a slice of other memory: a slice of this piece would borrow it.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.start().add(at), bytes.len()) }
    }

    /// A word of the head, which may be stored at any time.
    pub(super) fn word(&self, at: usize) -> Option<&AtomicU64> {
        if !at.is_multiple_of(size_of::<u64>()) || at + size_of::<u64>() > HEAD.min(self.length) {
            return None;
        }
        // SAFETY: it lies within the piece, which begins at a page and lives as long as the borrow. No slice reaches into
        // the head, and what writes there otherwise takes `&mut self`.
        Some(unsafe { AtomicU64::from_ptr(self.start().add(at).cast()) })
    }

    /// Stores a word after all that was written before, and before all that is written later.
    ///
    /// A process ends between two instructions, and the stores before that instruction are then carried out: what could
    /// set them in another order is the compiler, and the fences forbid it.
    #[inline]
    pub(super) fn commit(&mut self, at: usize, word: u32) {
        compiler_fence(Ordering::SeqCst);
        self.write(at, &word.to_le_bytes());
        compiler_fence(Ordering::SeqCst);
    }

    /// Makes sure that its pages are in memory and may be written, so that whoever fills it does not wait for them.
    pub(super) fn touch(&mut self) {
        for at in (0..self.length).step_by(PAGE) {
            // SAFETY: within the piece, which `&mut self` makes ours alone. Volatile, so that both accesses happen.
            unsafe {
                let byte = self.start().add(at);
                byte.write_volatile(byte.read_volatile());
            }
        }
    }

    /// Lets the kernel take its pages out of this process's memory. What is in them stays in the file.
    pub(super) fn evict(&self) {
        // SAFETY: the range is within the map. Of a shared mapping of a file no content is lost: the pages are
        // mapped anew from the file when they are read. A failure leaves them where they are.
        unsafe {
            libc::madvise(self.start().cast(), self.length, libc::MADV_DONTNEED);
        }
    }

    #[inline]
    fn start(&self) -> *mut u8 {
        // SAFETY: `at` is within the map.
        unsafe { self.map.start.as_ptr().add(self.at) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn file(length: u64) -> (std::path::PathBuf, File) {
        let path = std::env::temp_dir().join(format!("throughline-map-{}-{length}", std::process::id()));
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path);
        let file = file.expect("a file");
        file.set_len(length).expect("its length");
        (path, file)
    }

    #[test]
    fn what_is_written_into_a_piece_is_in_the_file_and_in_no_other_piece() {
        let (path, mut file) = file(4 * 4096);
        let mut pieces = Map::of(&file, 4 * 4096, 4096, 4096).expect("a map");
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(pieces.len(), 3);
        pieces[1].touch();
        pieces[1].write(HEAD + 4, b"frame");
        pieces[1].commit(HEAD, 5);
        pieces[1].word(16).expect("of the head").store(7, Ordering::Relaxed);
        pieces[1].evict();
        assert_eq!(pieces[1].bytes(HEAD, HEAD + 9), b"\x05\0\0\0frame");
        let others = pieces[0].bytes(0, 9999);
        assert!(others.iter().all(|byte| *byte == 0) && others.len() == 4096 - HEAD, "the head is not lent");
        let mut whole = Vec::new();
        file.read_to_end(&mut whole).expect("the file");
        assert_eq!(&whole[8192 + HEAD..8192 + HEAD + 9], b"\x05\0\0\0frame");
        assert_eq!(whole[8192 + 16], 7);
        assert!(
            [4, HEAD - 4, HEAD].into_iter().all(|at| pieces[1].word(at).is_none()),
            "no word of the head"
        );
        assert!(pieces[2].bytes(5000, 6000).is_empty(), "past its end");
    }
}
