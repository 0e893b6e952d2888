//! `IdRng`: one thread's generator of ids. `layer` keeps one in each thread.

use super::{SpanId, TraceId};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

const UNSEEDED: [u64; 4] = [0; 4];

/// xoshiro256++ (Blackman and Vigna, public domain): 256 bits of state, a few instructions a number.
///
/// Ids have to be unlikely to meet, not hard to guess. An unseeded one seeds itself when first used.
#[derive(Debug)]
pub(crate) struct IdRng {
    state: [u64; 4],
}

// === impl IdRng ===

impl IdRng {
    /// A generator for a `const` thread-local; the first number that it is asked for seeds it.
    pub(crate) const fn unseeded() -> Self {
        IdRng { state: UNSEEDED }
    }

    /// A generator seeded by the operating system.
    #[cfg(test)]
    pub(crate) fn from_os() -> Self {
        IdRng { state: seed() }
    }

    /// A generator that repeats itself, for tests.
    #[cfg(test)]
    pub(crate) const fn from_state(state: [u64; 4]) -> Self {
        IdRng { state }
    }

    /// Starts again from a fresh seed: after a fork the child must not repeat its parent's ids.
    #[cold]
    pub(crate) fn reseed(&mut self) {
        self.state = seed();
    }

    /// The next 64 random bits.
    #[inline]
    pub(crate) fn next_u64(&mut self) -> u64 {
        let number = self.step();
        // The unseeded state yields zero, so this rare branch is the only price of lazy seeding.
        if number == 0 { self.after_zero() } else { number }
    }

    /// A random trace id, never all zero.
    #[inline]
    pub(crate) fn trace_id(&mut self) -> TraceId {
        loop {
            let id = TraceId::from_u128(u128::from(self.next_u64()) << 64 | u128::from(self.next_u64()));
            if id.is_valid() {
                return id;
            }
        }
    }

    /// A random span id, never all zero.
    #[inline]
    pub(crate) fn span_id(&mut self) -> SpanId {
        loop {
            let id = SpanId::from_u64(self.next_u64());
            if id.is_valid() {
                return id;
            }
        }
    }

    #[inline]
    fn step(&mut self) -> u64 {
        let s = &mut self.state;
        let number = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        number
    }

    #[cold]
    fn after_zero(&mut self) -> u64 {
        if self.state != UNSEEDED {
            return 0; // a zero like any other number, once in 2^64
        }
        self.reseed();
        self.step()
    }
}

fn seed() -> [u64; 4] {
    let mut bytes = [0; 32];
    if getrandom::getrandom(&mut bytes).is_err() {
        return makeshift_seed();
    }
    let mut state = UNSEEDED;
    for (word, chunk) in state.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*chunk);
    }
    // The one state that the algorithm cannot leave.
    if state == UNSEEDED { makeshift_seed() } else { state }
}

/// For a system that gives no random bytes: what differs between processes, threads and calls, mixed.
fn makeshift_seed() -> [u64; 4] {
    static CALLS: AtomicU64 = AtomicU64::new(1);
    let mut hasher = DefaultHasher::new();
    CALLS.fetch_add(1, Ordering::Relaxed).hash(&mut hasher);
    std::process::id().hash(&mut hasher);
    std::thread::current().id().hash(&mut hasher);
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos()).hash(&mut hasher);
    (&raw const hasher).addr().hash(&mut hasher);
    [0u64, 1, 2, 3].map(|word| {
        let mut hasher = hasher.clone();
        word.hash(&mut hasher);
        hasher.finish() | 1 << word
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_numbers_are_those_of_the_reference_implementation() {
        let mut rng = IdRng::from_state([1, 2, 3, 4]);
        let first: [u64; 4] = std::array::from_fn(|_| rng.next_u64());
        assert_eq!(first, [41943041, 58720359, 3588806011781223, 3591011842654386]);
    }

    #[test]
    fn an_unseeded_generator_seeds_itself() {
        let mut rng = IdRng::unseeded();
        assert!(rng.span_id().is_valid());
        assert_ne!(rng.state, UNSEEDED);
        assert_ne!(IdRng::unseeded().trace_id(), IdRng::unseeded().trace_id());
    }

    #[test]
    fn reseeding_leaves_the_old_sequence() {
        let mut rng = IdRng::from_state([1, 2, 3, 4]);
        rng.reseed();
        assert_ne!(rng.next_u64(), 41943041);
    }

    #[test]
    fn ids_do_not_repeat() {
        let mut rng = IdRng::from_os();
        let ids: HashSet<_> = (0..10_000).map(|_| rng.trace_id()).collect();
        assert_eq!(ids.len(), 10_000);
    }

    #[test]
    fn a_makeshift_seed_differs_from_call_to_call() {
        let (first, second) = (makeshift_seed(), makeshift_seed());
        assert_ne!(first, second);
        assert!(first.iter().all(|word| *word != 0));
    }
}
