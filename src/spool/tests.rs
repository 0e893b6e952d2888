//! The parts together: what is written into slots is found by the next who looks, and by nobody before.

use super::header::{Header, SLOT_HEAD};
use super::marks::MARKS_AT;
use super::{Leftovers, Pool, PoolConfig, Slot};
use crate::buffer::frame::{HEADER_LEN, Header as Frame, KIND_LOG, KIND_SPAN};
use crate::buffer::segment::SEGMENT_BYTES;
use crate::context::{SpanId, TraceId};
use crate::export::{Envelope, Signal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("throughline-spool-unit-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Folder(path)
    }

    fn files(&self) -> Vec<PathBuf> {
        super::folder::files(&self.0).unwrap_or_default()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn pool(folder: &Path, quota: u64) -> Arc<Pool> {
    let config = PoolConfig::new(folder.to_owned(), quota, Duration::from_secs(60), 1 << 20)
        .expect("there is a spool");
    let (pool, made) = Pool::new(config, &Envelope::of_parts(b"resource", b"scope"));
    made.expect("a folder that can be written");
    pool
}

fn frame(kind: u8, id: u64, message: usize) -> Vec<u8> {
    let header = Frame {
        length: (HEADER_LEN + message) as u32,
        kind,
        flags: 1,
        scope_length: 0,
        local_root: 0,
        trace_id: TraceId::from_u128(u128::from(id)),
        span_id: SpanId::from_u64(id),
        parent_span_id: SpanId::INVALID,
        start_unix_nanos: 1,
        end_unix_nanos: 2,
    };
    let mut bytes = header.to_bytes().to_vec();
    bytes.resize(HEADER_LEN + message, id as u8);
    bytes
}

fn filled(pool: &Pool, frames: &[Vec<u8>]) -> Slot {
    let mut slot = pool.take().expect("a slot");
    frames.iter().for_each(|frame| slot.push(frame));
    slot
}

/// The messages of all that is left, without the checksums.
fn left(folder: &Path) -> Vec<(Signal, Vec<u8>)> {
    let mut leftovers = Leftovers::new(folder, &[]);
    leftovers.look();
    let mut all = Vec::new();
    loop {
        let some = leftovers.next_many(1 << 20);
        if some.is_empty() {
            return all;
        }
        for left in some {
            assert_eq!(left.origin.parts(), (&b"resource"[..], &b"scope"[..]));
            let frames = crate::buffer::frame::Frame::all(&left.bytes);
            all.extend(frames.map(|frame| (left.signal, frame.message().to_vec())));
            left.slot.settle();
        }
    }
}

#[test]
fn what_was_left_is_found_in_order_and_only_once_its_process_has_ended() {
    let folder = Folder::new("order");
    let pool = pool(&folder.0, 1 << 30);
    let spans: Vec<_> = (1..=4).map(|id| frame(KIND_SPAN, id, 10 * id as usize)).collect();
    let first = filled(&pool, &spans[..2]);
    let logs = filled(&pool, &[frame(KIND_LOG, 9, 3)]);
    let second = filled(&pool, &spans[2..]);
    assert_eq!(left(&folder.0), [], "somebody is writing there");
    for slot in [second, first, logs] {
        pool.put(slot, false, false);
    }
    pool.retire();
    drop(pool);
    let message = |id: u64, length| (Signal::Traces, vec![id as u8; length]);
    let expected =
        [message(1, 10), message(2, 20), (Signal::Logs, vec![9; 3]), message(3, 30), message(4, 40)];
    assert_eq!(left(&folder.0), expected);
    assert_eq!((left(&folder.0), folder.files()), (vec![], vec![]), "nothing is left, nor any file");
}

#[test]
fn what_an_earlier_use_of_a_slot_has_written_is_never_seen() {
    let folder = Folder::new("reuse");
    let pool = pool(&folder.0, 1 << 30);
    let many: Vec<_> = (1..=300).map(|id| frame(KIND_SPAN, id, 100)).collect();
    // Every slot is used, the same ones again and again.
    for _ in 0..3 {
        let slots: Vec<_> = (0..32).map(|_| filled(&pool, &many)).collect();
        slots.into_iter().for_each(|slot| pool.put(slot, false, true));
    }
    // Frames of the same length: those of before lie exactly behind this one.
    let last = filled(&pool, &[frame(KIND_SPAN, 7, 100)]);
    pool.put(last, false, false);
    pool.retire();
    drop(pool);
    assert_eq!(left(&folder.0), [(Signal::Traces, vec![7; 100])]);
}

#[test]
fn what_was_answered_for_is_forgotten_with_the_use_of_the_slot() {
    let folder = Folder::new("marks");
    let pool = pool(&folder.0, 1 << 30);
    let many: Vec<_> = (1..=30).map(|id| frame(KIND_SPAN, id, 100)).collect();
    let slot = filled(&pool, &many);
    (0..20).for_each(|n| slot.mark(n % 3, n, 1));
    let head = || {
        let heads = folder.files().into_iter().flat_map(|file| {
            let whole = std::fs::read(file).expect("the file");
            let header = Header::read(&whole).expect("a header");
            let slots = (0..header.slots).map(|n| header.length + n * SEGMENT_BYTES);
            slots.flat_map(|at| whole[at + MARKS_AT..at + SLOT_HEAD].to_vec()).collect::<Vec<_>>()
        });
        heads.filter(|byte| *byte != 0).count()
    };
    assert!(head() > 28, "it has marks");
    pool.put(slot, false, true);
    assert_eq!(head(), 0, "a later use would read one of them as its own, once in 65,536 times");
}

#[test]
fn a_frame_that_was_not_committed_is_not_seen_and_those_before_it_are() {
    let folder = Folder::new("torn");
    let pool = pool(&folder.0, 1 << 30);
    let slot = filled(&pool, &[frame(KIND_SPAN, 1, 50), frame(KIND_SPAN, 2, 50)]);
    pool.put(slot, false, false);
    pool.retire();
    drop(pool);
    let file = folder.files().remove(0);
    let whole = std::fs::read(&file).expect("the file");
    let header = Header::read(&whole).expect("a header");
    let slot = (0..header.slots).map(|n| header.length + n * SEGMENT_BYTES).find(|at| whole[*at] != 0);
    // Its length is what is stored last.
    let at = slot.expect("one is filled") + SLOT_HEAD + HEADER_LEN + 50;
    let mut torn = whole.clone();
    torn[at..at + 4].fill(0);
    std::fs::write(&file, torn).expect("written");
    assert_eq!(left(&folder.0), [(Signal::Traces, vec![1; 50])]);
}

#[test]
fn a_slot_takes_what_fits_and_says_how_much_that_is() {
    let folder = Folder::new("room");
    let pool = pool(&folder.0, 1 << 30);
    let mut slot = pool.take().expect("a slot");
    assert_eq!(slot.room(), pool.most());
    slot.push(&frame(KIND_SPAN, 1, pool.most() - HEADER_LEN));
    assert_eq!((slot.room(), slot.bytes().len()), (0, pool.most()));
    pool.put(slot, false, false);
    pool.retire();
    drop(pool);
    assert_eq!(left(&folder.0)[0].1.len() + HEADER_LEN + SLOT_HEAD, SEGMENT_BYTES);
}

#[test]
fn what_waits_on_disk_leaves_the_quota_room_for_another_start() {
    let folder = Folder::new("quota");
    let pool = pool(&folder.0, 8 << 20);
    let mut evicted = Vec::new();
    while pool.may_evict() || pool.tend().is_ok() && pool.may_evict() {
        evicted.push(filled(&pool, &[frame(KIND_SPAN, 1, 10)]));
        assert!(evicted.len() < 1_000, "the quota holds nobody back");
    }
    assert!(pool.tend().is_err());
    assert!(evicted.len() >= 48, "{} slots", evicted.len());
    let used = super::folder::bytes(&folder.0).expect("a folder");
    assert!(used <= 7 << 20, "{used} bytes");
    evicted.into_iter().for_each(|slot| pool.put(slot, true, true));
}
