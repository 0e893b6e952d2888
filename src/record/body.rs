//! `Body`: attributes, events and links of an open span, already in the bytes of the OTLP `Span` message.

use super::automatic::Block;
use super::draft::Draft;
use super::limits::Limits;
use super::plan::{COUNTED_BY_BIT, Plan};

/// Tags of the repeated fields: `attributes`, `events`, `links`.
const ATTRIBUTE: u8 = 9 << 3 | 2;
const EVENT: u8 = 11 << 3 | 2;
const LINK: u8 = 13 << 3 | 2;

/// The growing part of a span. Its buffer is used again by the next span in the slot.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    /// A bit for each field of the callsite that has been recorded.
    seen: u64,
    /// An automatic attribute's key was set by `set_attribute`.
    pub(crate) dynamic: bool,
    /// An attribute was set whose key the callsite does not have.
    pub(crate) undeclared: bool,
    pub(crate) attributes: usize,
    events: usize,
    links: usize,
    pub(crate) dropped_attributes: u32,
    pub(crate) dropped_events: u32,
    pub(crate) dropped_links: u32,
}

// === impl Body ===

impl Body {
    /// Empties it for the next span; a buffer over `keep` bytes is freed.
    #[inline]
    pub(crate) fn clear(&mut self, keep: usize) {
        self.bytes.clear();
        if self.bytes.capacity() > keep {
            self.bytes = Vec::new();
        }
        self.seen = 0;
        (self.dynamic, self.undeclared) = (false, false);
        (self.attributes, self.events, self.links) = (0, 0, 0);
        (self.dropped_attributes, self.dropped_events, self.dropped_links) = (0, 0, 0);
    }

    /// Starts with the attributes of a new span: the `automatic` ones that the draft begins with, and its own.
    /// The buffers are swapped, not copied.
    #[inline]
    pub(crate) fn start(&mut self, plan: &Plan, draft: &mut Draft, automatic: usize, limits: &Limits) {
        if draft.search || automatic + draft.count > limits.attributes {
            return self.start_slowly(plan, draft, automatic, limits);
        }
        std::mem::swap(&mut self.bytes, &mut draft.bytes);
        self.attributes = automatic + draft.count;
        self.seen = draft.seen;
    }

    /// Starts with nothing but automatic attributes.
    #[inline]
    pub(crate) fn start_bare(&mut self, automatic: &Block, limits: &Limits) {
        if automatic.parts.len() <= limits.attributes {
            self.bytes.extend_from_slice(&automatic.bytes);
            self.attributes = automatic.parts.len();
        } else {
            self.dropped_attributes = automatic.parts.len() as u32;
        }
    }

    #[cold]
    fn start_slowly(&mut self, plan: &Plan, draft: &Draft, automatic: usize, limits: &Limits) {
        if automatic <= limits.attributes {
            self.bytes.extend_from_slice(&draft.bytes[..draft.start]);
            self.attributes = automatic;
        } else {
            self.dropped_attributes = automatic as u32;
        }
        self.record(plan, draft, limits);
    }

    /// Adds the attributes of a draft; a key that is there already gets the new value.
    pub(crate) fn record(&mut self, plan: &Plan, draft: &Draft, limits: &Limits) {
        let new = &draft.bytes[draft.start..];
        if !draft.search && self.seen & draft.seen == 0 && self.attributes + draft.count <= limits.attributes
        {
            self.bytes.extend_from_slice(new);
            self.attributes += draft.count;
            self.seen |= draft.seen;
            return;
        }
        let mut start = 0;
        while let Some((_, content, end)) = field_at(new, start) {
            let key = key_in(&new[content..end]).unwrap_or_default();
            self.set(plan, key, &new[start..end], limits);
            start = end;
        }
    }

    /// Adds one attribute, instead of an earlier one with the same key.
    pub(crate) fn set(&mut self, plan: &Plan, key: &[u8], bytes: &[u8], limits: &Limits) {
        let replaced = self.remove(key);
        let field = plan.fields.iter().position(|field| field.key.name().as_bytes() == key);
        self.undeclared |= field.is_none();
        if self.add(bytes, replaced, limits) {
            self.seen |= field.map_or(0, bit);
        }
    }

    fn add(&mut self, bytes: &[u8], replaced: bool, limits: &Limits) -> bool {
        if !replaced && self.attributes >= limits.attributes {
            self.dropped_attributes = self.dropped_attributes.saturating_add(1);
            return false;
        }
        self.attributes += usize::from(!replaced);
        self.bytes.extend_from_slice(bytes);
        true
    }

    /// Adds an event: the content of an OTLP `Event`.
    #[inline]
    pub(crate) fn event(&mut self, message: &[u8], limits: &Limits) {
        if self.events >= limits.events {
            self.dropped_events = self.dropped_events.saturating_add(1);
            return;
        }
        self.events += 1;
        self.message(EVENT, message);
    }

    /// Adds a link: the content of an OTLP `Link`.
    pub(crate) fn link(&mut self, message: &[u8], limits: &Limits) {
        if self.links >= limits.links {
            self.dropped_links = self.dropped_links.saturating_add(1);
            return;
        }
        self.links += 1;
        self.message(LINK, message);
    }

    #[inline]
    fn message(&mut self, tag: u8, message: &[u8]) {
        let length = message.len();
        if length < 128 {
            self.bytes.extend_from_slice(&[tag, length as u8]);
        } else if length < 1 << 14 {
            self.bytes.extend_from_slice(&[tag, length as u8 | 0x80, (length >> 7) as u8]);
        } else {
            self.bytes.push(tag);
            crate::wire::put_varint(&mut self.bytes, length as u64);
        }
        self.bytes.extend_from_slice(message);
    }

    /// Whether there is an attribute with this key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.find(key.as_bytes()).is_some()
    }

    /// Takes an attribute away that was set.
    pub(crate) fn unset(&mut self, key: &str) {
        self.attributes -= usize::from(self.remove(key.as_bytes()));
    }

    fn remove(&mut self, key: &[u8]) -> bool {
        let found = self.find(key);
        if let Some((start, end)) = found {
            self.bytes.drain(start..end);
        }
        found.is_some()
    }

    fn find(&self, key: &[u8]) -> Option<(usize, usize)> {
        find_tagged(&self.bytes, 0, ATTRIBUTE, key)
    }
}

/// The attribute with this key among encoded fields: where it starts and ends.
pub(crate) fn find_attribute(bytes: &[u8], start: usize, field: u32, key: &str) -> Option<(usize, usize)> {
    find_tagged(bytes, start, (field << 3 | 2) as u8, key.as_bytes())
}

fn find_tagged(bytes: &[u8], mut start: usize, wanted: u8, key: &[u8]) -> Option<(usize, usize)> {
    while let Some((tag, content, end)) = field_at(bytes, start) {
        if tag == wanted && key_in(&bytes[content..end]) == Some(key) {
            return Some((start, end));
        }
        start = end;
    }
    None
}

#[inline]
pub(crate) fn bit(field: usize) -> u64 {
    if field < COUNTED_BY_BIT { 1 << field } else { 0 }
}

/// The field that starts at `start`: its tag, where its content starts and where it ends. All fields of a body
/// are length-delimited with a tag of one byte.
pub(super) fn field_at(bytes: &[u8], start: usize) -> Option<(u8, usize, usize)> {
    let tag = *bytes.get(start)?;
    let (mut length, mut at) = (0, start + 1);
    loop {
        let byte = *bytes.get(at)?;
        length |= usize::from(byte & 0x7f) << (7 * (at - start - 1));
        at += 1;
        if byte < 0x80 {
            return Some((tag, at, at + length)).filter(|(_, _, end)| *end <= bytes.len());
        }
    }
}

/// The key in the content of a `KeyValue`; an empty one is not written.
fn key_in(key_value: &[u8]) -> Option<&[u8]> {
    match field_at(key_value, 0)? {
        (0x0a, content, end) => Some(&key_value[content..end]),
        _ => Some(&[]),
    }
}
