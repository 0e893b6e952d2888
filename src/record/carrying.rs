//! What a span carries becomes attributes: the correlation id, and the members of baggage that were asked for.

use super::text;
use crate::context::Carried;
use crate::context::correlation_id::KEY;
use crate::wire::put_key_value_text;

/// Tag, lengths and type of an attribute: more than they ever take.
const OVERHEAD: usize = 24;

/// What is to be made of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copied<'a> {
    /// The names in baggage that were asked for.
    pub(super) names: &'a [String],
    /// In characters.
    pub(super) value_length: usize,
}

// === impl Copied ===

impl Copied<'_> {
    /// An upper bound of what [`put`](Self::put) appends.
    pub(super) fn room(&self, carried: &Carried) -> usize {
        let id = carried.correlation_id().map_or(0, |id| OVERHEAD + KEY.len() + id.as_bytes().len());
        if self.names.is_empty() || carried.baggage().is_empty() {
            return id;
        }
        let names = self.names.iter().map(|name| OVERHEAD + name.len()).sum::<usize>();
        // A decoded value is never longer, but for a byte that is no text and becomes three.
        let values =
            self.names.iter().filter_map(|name| carried.baggage().get(name)).map(|value| value.len());
        id + names + values.sum::<usize>()
    }

    /// Appends attributes, but for keys that are taken, and at most so many; returns how many more there are.
    pub(super) fn put(
        &self,
        out: &mut Vec<u8>,
        field: u32,
        carried: &Carried,
        is_taken: impl Fn(&str) -> bool,
        mut most: usize,
    ) -> u32 {
        let mut dropped = 0;
        let mut put = |key: &str, value: &[u8]| {
            if is_taken(key) {
                return;
            }
            match most.checked_sub(1) {
                Some(left) => {
                    most = left;
                    put_key_value_text(out, field, key, value);
                }
                None => dropped += 1,
            }
        };
        if let Some(id) = carried.correlation_id() {
            let id = id.as_bytes();
            put(KEY, &id[..id.len().min(self.value_length)]);
        }
        for name in self.names.iter().filter(|name| *name != KEY) {
            if let Some(value) = carried.baggage().get(name) {
                put(name, text::cut(&value, self.value_length).as_bytes());
            }
        }
        dropped
    }
}
