//! `Leftovers`: what other processes, or earlier ones, left in the folder and nobody delivers.

use super::folder;
use super::header::{Header, MOST};
use super::inherited;
use super::marks::{self, MARKS, MARKS_AT, Mark};
use super::reading::read;
use super::recovered::recovered;
use super::takers::{TakerId, Takers};
use crate::buffer::frame::Frame;
use crate::buffer::left::Left;
use crate::export::Envelope;
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Slots over this are none: no version writes them.
const MOST_SLOT_BYTES: usize = 64 << 20;

/// A file that was left behind, and is locked by us now. Deleted with its last slot.
#[derive(Debug)]
struct LeftFile {
    file: File,
    path: PathBuf,
    header: Header,
    takers: Takers,
    /// Slots that have not been settled.
    waiting: AtomicUsize,
}

/// A slot of such a file, with what was whole in it.
#[derive(Debug)]
pub(crate) struct LeftSlot {
    file: Arc<LeftFile>,
    at: u64,
    /// Of this use of it.
    number: u64,
    /// The place of each frame in it.
    places: Vec<usize>,
}

/// Goes through a folder, file by file, and reads a slot at a time.
#[derive(Debug)]
pub(crate) struct Leftovers {
    folder: PathBuf,
    /// The exporters of this process.
    takers: Vec<TakerId>,
    files: VecDeque<PathBuf>,
    current: Option<Current>,
    /// Read, and of another kind than what was asked for.
    next: Option<Left>,
    /// What is to be told.
    pub(crate) told: Vec<String>,
}

/// The file that is being read.
#[derive(Debug)]
struct Current {
    file: Arc<LeftFile>,
    origin: Arc<Envelope>,
    /// Where the slots begin that something is in, the oldest last.
    slots: Vec<u64>,
    damaged: usize,
}

// === impl Leftovers ===

impl Leftovers {
    pub(crate) fn new(folder: &Path, takers: &[TakerId]) -> Leftovers {
        Leftovers {
            folder: folder.to_owned(),
            takers: takers.to_vec(),
            files: VecDeque::new(),
            current: None,
            next: None,
            told: Vec::new(),
        }
    }

    /// Looks for files anew.
    pub(crate) fn look(&mut self) {
        folder::remove_unfinished(&self.folder);
        // A folder that is not there has no files.
        let found = folder::files(&self.folder).unwrap_or_default();
        self.files.clear();
        for path in found {
            // Opened and closed once: what is empty goes, what is nearly empty shrinks, long before its turn to be read.
            match LeftFile::open(&path, &self.takers) {
                Ok(Some(_)) => self.files.push_back(path),
                Ok(None) => {}
                Err(error) => self.cannot_read(&path, &error),
            }
        }
    }

    /// What is in the next slots, of one process and signal, of so many bytes or a little more; nothing: there is no
    /// more. Waits for the disk.
    pub(crate) fn next_many(&mut self, bytes: usize) -> Vec<Left> {
        let (mut some, mut filled) = (Vec::<Left>::new(), 0);
        while filled < bytes {
            let Some(left) = self.next.take().or_else(|| self.next()) else { break };
            let like = |first: &Left| Arc::ptr_eq(&first.origin, &left.origin) && first.signal == left.signal;
            if !some.first().is_none_or(like) {
                self.next = Some(left);
                break;
            }
            filled += left.bytes.len();
            some.push(left);
        }
        some
    }

    /// The next slot with anything whole in it; `None`: there is no more. Waits for the disk.
    fn next(&mut self) -> Option<Left> {
        loop {
            while let Some(at) = self.current.as_mut().and_then(|current| current.slots.pop()) {
                let current = self.current.as_mut()?;
                if let Some(left) = current.read(at) {
                    return Some(left);
                }
            }
            self.close();
            let path = self.files.pop_front()?;
            match LeftFile::open(&path, &self.takers) {
                Ok(Some(current)) => self.current = Some(current),
                Ok(None) => {}
                Err(error) => self.cannot_read(&path, &error),
            }
        }
    }

    fn cannot_read(&mut self, path: &Path, error: &io::Error) {
        self.told.push(format!("{} cannot be read: {error}", path.display()));
    }

    fn close(&mut self) {
        if let Some(Current { file, damaged, .. }) = self.current.take().filter(|current| current.damaged > 0)
        {
            let path = file.path.display();
            self.told
                .push(format!("{path}: {damaged} slots were damaged; what was whole in them is delivered"));
        }
    }
}

// === impl LeftFile ===

impl LeftFile {
    /// Opens a file and finds the slots that something is in; `None`: somebody has it, or nothing is in it.
    fn open(path: &Path, ours: &[TakerId]) -> io::Result<Option<Current>> {
        let file = match File::options().read(true).write(true).open(path) {
            Ok(file) => file,
            // Its owner was quicker.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if !folder::lock(&file)? {
            return Ok(None);
        }
        inherited::note(&file);
        let mut head = vec![0; MOST.min(usize::try_from(file.metadata()?.len()).unwrap_or(MOST))];
        let length = read_at_most(&file, &mut head, 0)?;
        let Some(header) = Header::read(&head[..length]).filter(|it| it.slot_bytes <= MOST_SLOT_BYTES) else {
            let aside = folder::set_aside(path);
            return Err(io::Error::other(format!(
                "it has no header that is whole; it is now {}",
                aside.display()
            )));
        };
        let mut slots = Vec::new();
        for slot in 0..header.slots {
            let at = (header.length + slot * header.slot_bytes) as u64;
            let mut head = [0; 8];
            if read_at_most(&file, &mut head, at)? == head.len() && head != [0; 8] {
                slots.push((u64::from_le_bytes(head), at));
            }
        }
        slots.sort_unstable_by(|one, other| other.cmp(one));
        // What nothing is in behind the last slot is given back: who crashes again and again leaves little each time.
        let end = slots.iter().map(|(_, at)| at + header.slot_bytes as u64).max().unwrap_or_default();
        if end < file.metadata()?.len() {
            let _ = file.set_len(end);
        }
        let origin = Arc::new(Envelope::of_parts(&header.resource, &header.scope));
        let (waiting, takers) = (AtomicUsize::new(slots.len()), Takers::new(&header.takers, ours));
        // Dropped at once where nothing waits in it, and deleted with that.
        let file = Arc::new(LeftFile { file, path: path.to_owned(), header, takers, waiting });
        let slots: Vec<_> = slots.into_iter().map(|(_, at)| at).collect();
        Ok((!slots.is_empty()).then_some(Current { file, origin, slots, damaged: 0 }))
    }
}

impl Drop for LeftFile {
    fn drop(&mut self) {
        inherited::forget(&self.file);
        // Else it stays for the next who looks; the lock ends with the file.
        if *self.waiting.get_mut() == 0 {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

// === impl Current ===

impl Current {
    fn read(&mut self, at: u64) -> Option<Left> {
        let mut bytes = vec![0; self.file.header.slot_bytes];
        let Ok(length) = read_at_most(&self.file.file, &mut bytes, at) else {
            // It may be read another time: it stays where it is.
            self.damaged += 1;
            return None;
        };
        let whole = read(&bytes[..length]).map(|read| match self.file.header.undecided {
            true => recovered(read),
            false => read,
        });
        self.damaged += usize::from(whole.as_ref().is_some_and(|read| read.damaged));
        let read = whole.unwrap_or_default();
        let owed = self.file.takers.owed(read.signal, &read.places, &read.marks);
        let mut places = read.places.iter();
        let places = owed.keep.iter().filter_map(|keep| places.next().copied().filter(|_| *keep)).collect();
        let slot = LeftSlot { file: Arc::clone(&self.file), at, number: read.number, places };
        if slot.places.is_empty() {
            slot.settle();
            return None;
        }
        Some(Left {
            bytes: kept(read.bytes, &owed.keep),
            frames: slot.places.len(),
            signal: read.signal,
            taken_at: read.taken_at,
            origin: Arc::clone(&self.origin),
            owed: owed.by_ours,
            to_others: owed.to_others,
            slot,
        })
    }
}

// === impl LeftSlot ===

impl LeftSlot {
    /// An exporter of this process has answered for these frames, of those that are owed to anybody.
    pub(crate) fn mark(&self, exporter: usize, first: usize, count: usize) {
        let mark = || {
            let (first, last) = (self.places.get(first)?, self.places.get(first + count.checked_sub(1)?)?);
            // What lies between is damaged, or nobody is owed it.
            let mark = Mark::new(self.file.takers.marked_as(exporter)?, *first, last - first + 1)?;
            let (mut bytes, begin) = ([0; 8 * MARKS], self.at + MARKS_AT as u64);
            self.file.file.read_exact_at(&mut bytes, begin).ok()?;
            let word = |at: usize| bytes[8 * at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
            for (at, word) in marks::add(&std::array::from_fn(word), self.number, mark) {
                // Where that fails it is delivered twice, which is better than never.
                let _ = self.file.file.write_all_at(&word.to_le_bytes(), begin + 8 * at as u64);
            }
            Some(())
        };
        mark();
    }

    /// What was in it is delivered or given up: nobody finds it again.
    pub(crate) fn settle(self) {
        // Where that fails it is delivered twice, which is better than never.
        let _ = self.file.file.write_all_at(&[0; 8], self.at);
        // Relaxed: the count matters to the drop alone, which comes after all others let go.
        self.file.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The frames that are to be kept.
fn kept(bytes: Vec<u8>, keep: &[bool]) -> Vec<u8> {
    if keep.iter().all(|keep| *keep) {
        return bytes;
    }
    let frames = Frame::all(&bytes).zip(keep).filter(|(_, keep)| **keep);
    frames.flat_map(|(frame, _)| frame.bytes()).copied().collect()
}

fn read_at_most(file: &File, bytes: &mut [u8], at: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], at + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
