//! `Keyed`: hashes the names of local traces, quickly, and with a key of the process, so that trace ids from outside cannot
//! be made to meet.

use super::part::Key;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The key, and the maker of hashers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keyed {
    low: u64,
    high: u64,
}

/// A hasher of a [`Key`].
pub(super) struct KeyHasher {
    keyed: Keyed,
    hash: u64,
}

// === impl Keyed ===

impl Keyed {
    pub(super) fn new() -> Keyed {
        let system = RandomState::new();
        Keyed { low: system.hash_one(0), high: system.hash_one(1) }
    }

    /// The hash of a whole trace, and of one of its local traces.
    #[inline]
    pub(super) fn both(self, key: Key) -> (u64, u64) {
        let trace = self.of_trace(key.trace_id.to_u128());
        // One product leaves ids that count up in few places, by some keys.
        (self.with_root(trace, 0), self.with_root(trace, key.local_root))
    }

    #[inline]
    fn of_trace(self, trace_id: u128) -> u64 {
        let product =
            u128::from(trace_id as u64 ^ self.low) * u128::from((trace_id >> 64) as u64 ^ self.high);
        product as u64 ^ (product >> 64) as u64
    }

    #[inline]
    fn with_root(self, trace: u64, local_root: u32) -> u64 {
        let product = u128::from(trace ^ u64::from(local_root)) * u128::from(ODD);
        product as u64 ^ (product >> 64) as u64
    }
}

impl Default for Keyed {
    fn default() -> Self {
        Keyed::new()
    }
}

impl BuildHasher for Keyed {
    type Hasher = KeyHasher;

    fn build_hasher(&self) -> KeyHasher {
        KeyHasher { keyed: *self, hash: 0 }
    }
}

// === impl KeyHasher ===

impl Hasher for KeyHasher {
    #[inline]
    fn write_u128(&mut self, trace_id: u128) {
        self.hash = self.keyed.of_trace(trace_id);
    }

    #[inline]
    fn write_u32(&mut self, local_root: u32) {
        self.hash = self.keyed.with_root(self.hash, local_root);
    }

    fn write(&mut self, bytes: &[u8]) {
        // No key is hashed in bytes.
        bytes.iter().for_each(|byte| self.write_u32(u32::from(*byte)));
    }

    fn finish(&self) -> u64 {
        self.hash
    }
}

impl Hash for Key {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(self.trace_id.to_u128());
        state.write_u32(self.local_root);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TraceId;
    use std::collections::HashSet;

    #[test]
    fn ids_that_count_up_are_spread_and_local_traces_are_apart() {
        let keyed = Keyed::new();
        let key = |trace, root| Key { trace_id: TraceId::from_u128(trace), local_root: root };
        let all: Vec<_> = (1..=1_000).flat_map(|trace| (0..10).map(move |root| key(trace, root))).collect();
        let hashes: HashSet<_> = all.iter().map(|key| keyed.both(*key).1).collect();
        assert_eq!(hashes.len(), 10_000);
        for shift in [0, 32, 57] {
            let places: HashSet<_> = hashes.iter().map(|hash| hash >> shift & 0x7f).collect();
            assert_eq!(places.len(), 128, "{shift}");
        }
        assert!(all.iter().all(|key| keyed.hash_one(key) == keyed.both(*key).1));
        assert_ne!(Keyed::new().both(all[0]), keyed.both(all[0]));
    }
}
