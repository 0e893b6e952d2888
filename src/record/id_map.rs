//! `IdMap`: from the registry's span ids to slots, within one shard.
//!
//! Open addressing with linear probing; a removal moves later entries back, so there are no tombstones and the
//! table stays as short as the number of spans that were ever open at once.

/// A map from non-zero ids to slot numbers.
#[derive(Debug, Default)]
pub(crate) struct IdMap {
    entries: Vec<(u64, u32)>,
    len: usize,
}

const FREE: u64 = 0;
const FIRST_CAPACITY: usize = 16;

// === impl IdMap ===

impl IdMap {
    #[inline]
    pub(crate) fn get(&self, id: u64) -> Option<u32> {
        self.find(id).map(|at| self.entries[at].1)
    }

    /// Adds or replaces; an id that is already there gives its old slot back.
    #[inline]
    pub(crate) fn insert(&mut self, id: u64, slot: u32) -> Option<u32> {
        debug_assert_ne!(id, FREE);
        if (self.len + 1) * 2 > self.entries.len() {
            self.grow();
        }
        let mut at = self.home(id);
        loop {
            if self.entries[at].0 == FREE {
                self.entries[at] = (id, slot);
                self.len += 1;
                return None;
            }
            if self.entries[at].0 == id {
                return Some(std::mem::replace(&mut self.entries[at].1, slot));
            }
            at = self.after(at);
        }
    }

    #[inline]
    pub(crate) fn remove(&mut self, id: u64) -> Option<u32> {
        let mut gap = self.find(id)?;
        let slot = self.entries[gap].1;
        self.len -= 1;
        let mut at = gap;
        loop {
            at = self.after(at);
            let entry = self.entries[at];
            if entry.0 == FREE {
                self.entries[gap] = (FREE, 0);
                return Some(slot);
            }
            // Move an entry into the gap unless its home lies after the gap.
            let mask = self.entries.len() - 1;
            if (at.wrapping_sub(self.home(entry.0)) & mask) >= (at.wrapping_sub(gap) & mask) {
                self.entries[gap] = entry;
                gap = at;
            }
        }
    }

    #[inline]
    fn find(&self, id: u64) -> Option<usize> {
        if self.len == 0 {
            return None;
        }
        let mut at = self.home(id);
        loop {
            match self.entries[at].0 {
                found if found == id => return Some(at),
                FREE => return None,
                _ => at = self.after(at),
            }
        }
    }

    /// Fibonacci hashing: today's ids are small indices in their low bits.
    #[inline]
    fn home(&self, id: u64) -> usize {
        (id.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & (self.entries.len() - 1)
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        (at + 1) & (self.entries.len() - 1)
    }

    #[cold]
    fn grow(&mut self) {
        let capacity = (self.entries.len() * 2).max(FIRST_CAPACITY);
        let old = std::mem::replace(&mut self.entries, vec![(FREE, 0); capacity]);
        self.len = 0;
        for (id, slot) in old.into_iter().filter(|entry| entry.0 != FREE) {
            self.insert(id, slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn it_holds_what_a_hash_map_holds(steps in prop::collection::vec((1..40_u64, any::<bool>(), any::<u32>()), 0..400)) {
            let (mut ours, mut model) = (IdMap::default(), HashMap::new());
            for (id, add, slot) in steps {
                if add {
                    prop_assert_eq!(ours.insert(id, slot), model.insert(id, slot));
                } else {
                    prop_assert_eq!(ours.remove(id), model.remove(&id));
                }
                for id in 1..40 {
                    prop_assert_eq!(ours.get(id), model.get(&id).copied());
                }
            }
        }
    }
}
