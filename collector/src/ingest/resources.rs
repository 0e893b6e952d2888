//! `Resources`: one copy of each resource and scope that is in use. Every request of a process repeats them.

use crate::store::Source;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt::{self, Write};
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use throughline::wire::{Resource, Scope};

/// Entries after which those no longer in use are swept out.
const SWEEP_AT: usize = 1024;

/// The resources and scopes in use, found by a hash of their content.
#[derive(Debug, Default)]
pub(crate) struct Resources {
    hasher: RandomState,
    sources: Mutex<Shared<Source>>,
    scopes: Mutex<Shared<Scope>>,
}

#[derive(Debug)]
struct Shared<T> {
    entries: HashMap<u64, Weak<T>>,
    sweep_at: usize,
}

struct Fingerprint<H>(H);

// === impl Resources ===

impl Resources {
    pub(crate) fn source(&self, resource: Resource) -> Arc<Source> {
        let source = Source::new(resource);
        let hash = fingerprint(&self.hasher, &source);
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).share(hash, source)
    }

    pub(crate) fn scope(&self, scope: Scope) -> Arc<Scope> {
        let hash = fingerprint(&self.hasher, &scope);
        self.scopes.lock().unwrap_or_else(PoisonError::into_inner).share(hash, scope)
    }
}

/// A hash of everything that is said of a value, NaN included.
pub(crate) fn fingerprint(hasher: &RandomState, value: &impl fmt::Debug) -> u64 {
    let mut text = Fingerprint(hasher.build_hasher());
    // The writer below never fails.
    let _ = write!(text, "{value:?}");
    text.0.finish()
}

// === impl Shared ===

impl<T: fmt::Debug> Shared<T> {
    fn share(&mut self, hash: u64, value: T) -> Arc<T> {
        if let Some(held) = self.entries.get(&hash).and_then(Weak::upgrade) {
            return held;
        }
        if self.entries.len() >= self.sweep_at {
            self.entries.retain(|_, weak| weak.strong_count() > 0);
            self.sweep_at = SWEEP_AT.max(2 * self.entries.len());
        }
        let value = Arc::new(value);
        self.entries.insert(hash, Arc::downgrade(&value));
        value
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Shared { entries: HashMap::new(), sweep_at: SWEEP_AT }
    }
}

// === impl Fingerprint ===

impl<H: Hasher> Write for Fingerprint<H> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}
