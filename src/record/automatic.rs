//! `Automatic`: the attributes that are added to every span and event, encoded once for each callsite or thread.

use super::plan::{EVENT_ATTRIBUTES, SPAN_ATTRIBUTES};
use crate::wire::{put_key_value_i64, put_key_value_str};
use tracing_core::Metadata;

/// Which automatic attributes are on (CONVENTIONS: "Attributes added to a span").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Automatic {
    /// `code.file.path`, `code.module.name`, `code.line.number`.
    pub(crate) code: bool,
    /// `code.function.name`: the name of the callsite's span.
    pub(crate) function: bool,
    /// `thread.id`, `thread.name`.
    pub(crate) thread: bool,
    /// `target`.
    pub(crate) target: bool,
    /// `level` of spans (events always have theirs).
    pub(crate) level: bool,
}

/// Encoded attributes, one after another.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) bytes: Vec<u8>,
    /// Where the first attribute starts.
    pub(crate) start: usize,
    pub(crate) parts: Vec<Part>,
    /// Whether a field of the callsite has one of the keys; a value recorded for it wins.
    pub(crate) contested: bool,
}

/// One attribute of a [`Block`].
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) key: &'static str,
    pub(crate) end: usize,
}

/// What the targets of our own instrumentation begin with.
const OURS: &str = "throughline::";
const THREAD_ID: &str = "thread.id";
const THREAD_NAME: &str = "thread.name";

// === impl Automatic ===

impl Default for Automatic {
    fn default() -> Self {
        Automatic { code: true, function: false, thread: true, target: true, level: false }
    }
}

impl Automatic {
    /// Whether the key is one that a span gets from its thread.
    pub(crate) fn is_of_thread(key: &str) -> bool {
        key == THREAD_ID || key == THREAD_NAME
    }

    /// All that a callsite gives to its spans.
    pub(crate) fn of_span(&self, metadata: &'static Metadata<'static>, keys: &[&str]) -> Block {
        let mut block = Block::default();
        self.put_code(&mut block, SPAN_ATTRIBUTES, metadata);
        if self.function {
            block.put_str(SPAN_ATTRIBUTES, "code.function.name", metadata.name());
        }
        if self.target {
            block.put_str(SPAN_ATTRIBUTES, "target", metadata.target());
        }
        if self.level {
            block.put_str(SPAN_ATTRIBUTES, "level", metadata.level().as_str());
        }
        block.contested = block.parts.iter().any(|part| keys.contains(&part.key));
        block
    }

    /// What a callsite gives to its events: before the fields, and after them. In an event every declared field
    /// is recorded, so a contested key is simply left to the field.
    pub(crate) fn of_event(&self, metadata: &'static Metadata<'static>, keys: &[&str]) -> (Block, Block) {
        let (mut head, mut tail) = (Block::default(), Block::default());
        head.put_str(EVENT_ATTRIBUTES, "level", metadata.level().as_str());
        if self.target {
            head.put_str(EVENT_ATTRIBUTES, "target", metadata.target());
        }
        self.put_code(&mut tail, EVENT_ATTRIBUTES, metadata);
        (head.without(keys), tail.without(keys))
    }

    /// `level` and `target` of an event that comes from elsewhere than its callsite, and its `code.*`.
    pub(crate) fn of_origin(&self, origin: &Metadata<'_>) -> (Block, Block) {
        let (mut head, mut tail) = (Block::default(), Block::default());
        head.put_str(EVENT_ATTRIBUTES, "level", origin.level().as_str());
        if self.target {
            head.put_str(EVENT_ATTRIBUTES, "target", origin.target());
        }
        self.put_code(&mut tail, EVENT_ATTRIBUTES, origin);
        (head, tail)
    }

    /// `thread.id` and `thread.name` of the calling thread.
    pub(crate) fn of_thread() -> Block {
        let mut block = Block::default();
        let thread = std::thread::current();
        block.put_i64(SPAN_ATTRIBUTES, THREAD_ID, thread_number(thread.id()));
        if let Some(name) = thread.name() {
            block.put_str(SPAN_ATTRIBUTES, THREAD_NAME, name);
        }
        block
    }

    fn put_code(&self, block: &mut Block, field: u32, metadata: &Metadata<'_>) {
        // Where in this crate a span of ours is made tells nobody anything.
        if !self.code || metadata.target().starts_with(OURS) {
            return;
        }
        if let Some(file) = metadata.file() {
            block.put_str(field, "code.file.path", file);
        }
        if let Some(module) = metadata.module_path() {
            block.put_str(field, "code.module.name", module);
        }
        if let Some(line) = metadata.line() {
            block.put_i64(field, "code.line.number", i64::from(line));
        }
    }
}

/// The number in `ThreadId(7)`; the standard library offers it in no other stable way.
fn thread_number(id: std::thread::ThreadId) -> i64 {
    let text = format!("{id:?}");
    let digits = text.trim_matches(|c: char| !c.is_ascii_digit());
    digits.parse().unwrap_or_default()
}

// === impl Block ===

impl Block {
    /// The encoded attributes with their keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        let mut start = self.start;
        self.parts.iter().map(move |part| {
            let bytes = &self.bytes[start..part.end];
            start = part.end;
            (part.key, bytes)
        })
    }

    fn put_str(&mut self, field: u32, key: &'static str, value: &str) {
        put_key_value_str(&mut self.bytes, field, key, value);
        self.parts.push(Part { key, end: self.bytes.len() });
    }

    fn put_i64(&mut self, field: u32, key: &'static str, value: i64) {
        put_key_value_i64(&mut self.bytes, field, key, value);
        self.parts.push(Part { key, end: self.bytes.len() });
    }

    /// The same block with something else before it.
    pub(crate) fn after(mut self, before: &[u8]) -> Block {
        self.bytes.splice(0..0, before.iter().copied());
        self.start += before.len();
        self.parts.iter_mut().for_each(|part| part.end += before.len());
        self
    }

    fn without(self, keys: &[&str]) -> Block {
        let mut left = Block::default();
        for (key, bytes) in self.iter().filter(|(key, _)| !keys.contains(key)) {
            left.bytes.extend_from_slice(bytes);
            left.parts.push(Part { key, end: left.bytes.len() });
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_has_its_number_and_its_name() {
        let thread = std::thread::Builder::new().name("worker-7".to_owned());
        let block = thread.spawn(Automatic::of_thread).expect("a thread").join().expect("a block");
        assert_eq!(block.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["thread.id", "thread.name"]);
        assert!(block.bytes.windows(8).any(|bytes| bytes == b"worker-7"));
        assert!(thread_number(std::thread::current().id()) > 0);
    }
}
