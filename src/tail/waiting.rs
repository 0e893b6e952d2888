//! `Waiting`: the local traces that a round or more of them know.

use super::keyed::Keyed;
use super::part::{Facts, Key, Part};
use crate::TraceId;
use std::collections::{HashMap, VecDeque};
use std::ops::{Index, IndexMut};
use std::time::Instant;

/// Parts by number and by key.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    parts: Vec<Part>,
    free: Vec<usize>,
    by_key: HashMap<Key, usize, Keyed>,
    /// Number and serial, oldest first; some are gone.
    order: VecDeque<(usize, u64)>,
    /// Parts that go with another part of their trace.
    adopted: HashMap<TraceId, Vec<usize>>,
    serial: u64,
    /// Most frames belong to the same trace as the one before.
    last: Option<(Key, usize)>,
}

// === impl Waiting ===

impl Waiting {
    /// The number of a part, if it is known.
    #[inline]
    pub(super) fn find(&mut self, key: Key) -> Option<usize> {
        if let Some((last, number)) = self.last
            && last == key
        {
            return Some(number);
        }
        let number = *self.by_key.get(&key)?;
        self.last = Some((key, number));
        Some(number)
    }

    /// Makes a part.
    pub(super) fn add(&mut self, key: Key, now: Instant) -> usize {
        self.serial += 1;
        let part = Part {
            key,
            serial: self.serial,
            since: now,
            facts: Facts::default(),
            held: Vec::new(),
            choice: None,
            late: false,
        };
        let number = match self.free.pop() {
            Some(number) => {
                self.parts[number] = part;
                number
            }
            None => {
                self.parts.push(part);
                self.parts.len() - 1
            }
        };
        self.by_key.insert(key, number);
        self.order.push_back((number, self.serial));
        self.last = Some((key, number));
        number
    }

    /// Forgets a part that is decided.
    pub(super) fn remove(&mut self, number: usize) {
        let part = &mut self.parts[number];
        part.serial = 0;
        part.facts.trace_state = None;
        self.by_key.remove(&part.key);
        self.free.push(number);
        self.last = None;
    }

    /// Gives back what many parts at once have left behind.
    pub(super) fn trim(&mut self) {
        if self.by_key.is_empty() {
            self.parts.clear();
            self.free.clear();
            self.order.clear();
        }
        // One that waits long must not keep the places of all that have gone since.
        if self.order.len() > 4 * self.by_key.len() + 64 {
            let parts = &self.parts;
            self.order
                .retain(|(number, serial)| parts.get(*number).is_some_and(|part| part.serial == *serial));
        }
        let much = |capacity: usize, length: usize| capacity > 1024 && capacity / 4 > length;
        if much(self.parts.capacity(), self.parts.len()) {
            self.parts.shrink_to_fit();
            self.free.shrink_to_fit();
            self.order.shrink_to_fit();
        }
        if much(self.by_key.capacity(), self.by_key.len()) {
            self.by_key.shrink_to(2 * self.by_key.len());
        }
    }

    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// The oldest part that is undecided.
    pub(super) fn oldest(&mut self) -> Option<usize> {
        while let Some((number, serial)) = self.order.front().copied() {
            let part = self.parts.get(number).filter(|part| part.serial == serial);
            if part.is_some_and(|part| part.choice.is_none()) {
                return Some(number);
            }
            self.order.pop_front();
        }
        None
    }

    /// A part waits for another of its trace.
    pub(super) fn adopt(&mut self, number: usize) {
        let waiting = self.adopted.entry(self.parts[number].key.trace_id).or_default();
        if !waiting.contains(&number) {
            waiting.push(number);
        }
    }

    /// The parts that waited for one of this trace.
    pub(super) fn take_adopted(&mut self, trace_id: TraceId) -> Vec<usize> {
        if self.adopted.is_empty() {
            return Vec::new();
        }
        self.adopted.remove(&trace_id).unwrap_or_default()
    }

    /// A part that was decided waits no longer.
    pub(super) fn release(&mut self, number: usize) {
        let trace_id = self.parts[number].key.trace_id;
        if let Some(waiting) = self.adopted.get_mut(&trace_id) {
            waiting.retain(|other| *other != number);
            if waiting.is_empty() {
                self.adopted.remove(&trace_id);
            }
        }
    }
}

impl Index<usize> for Waiting {
    type Output = Part;

    fn index(&self, number: usize) -> &Part {
        &self.parts[number]
    }
}

impl IndexMut<usize> for Waiting {
    fn index_mut(&mut self, number: usize) -> &mut Part {
        &mut self.parts[number]
    }
}
