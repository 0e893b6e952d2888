//! Programs that nobody thought of: random walks over what a program can do with spans, the same for the same seed.
//! They keep away from what is known to differ.

use tracing::field::Empty;
use tracing::span::{EnteredSpan, Id};
use tracing::{Metadata, Span, error, info, info_span};

use crate::hand::{Hand, Remote, Set, on_thread};

/// Steps of one walk.
const STEPS: usize = 60;
/// Handles that a walk holds at once.
const HANDLES: usize = 6;
/// Keys that are set by hand, each once in a walk.
const KEYS: [&str; 8] = ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"];

/// Where a walk is.
struct Walk<'a> {
    hand: &'a dyn Hand,
    state: u64,
    handles: Vec<Span>,
    entered: Vec<EnteredSpan>,
    keys: std::slice::Iter<'static, &'static str>,
    /// Spans whose field was recorded: once, since tracing-opentelemetry would export it twice.
    filled: Vec<Option<Id>>,
}

/// What half of the walks do not see.
pub(crate) fn is_seen(metadata: &Metadata<'_>) -> bool {
    metadata.name() != "hidden"
}

pub(crate) fn walk(hand: &dyn Hand, seed: u64) {
    let state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut walk =
        Walk { hand, state, handles: Vec::new(), entered: Vec::new(), keys: KEYS.iter(), filled: Vec::new() };
    for _ in 0..STEPS {
        walk.step();
    }
    while walk.handles.len() + walk.entered.len() > 0 {
        walk.let_go();
    }
}

// === impl Walk ===

impl Walk<'_> {
    /// Any number (xorshift).
    fn word(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    /// A number below the bound.
    fn below(&mut self, bound: usize) -> usize {
        (self.word() >> 11) as usize % bound.max(1)
    }

    fn any(&mut self) -> Option<Span> {
        let index = self.below(self.handles.len());
        self.handles.get(index).cloned()
    }

    fn step(&mut self) {
        match self.below(23) {
            0..3 => self.make(),
            3..5 => self.enter(),
            5..7 => self.let_go(),
            7 => info!("current"),
            8 => error!("current failed"),
            9 => self.with_any(|_, span| info!(parent: span, "given")),
            10 => self.with_any(|walk, span| {
                if !walk.is_entered(span) {
                    span.in_scope(|| info_span!("brief").in_scope(|| info!("in brief")));
                }
            }),
            11 => self.with_any(|walk, span| walk.handles.push(span.clone())),
            12 => self.with_any(|walk, span| {
                let Some(key) = walk.keys.next() else { return };
                walk.hand.set_attribute(span, key, Set::Int(1));
            }),
            13 => self.follow(),
            14 => self.with_any(|_, span| {
                let there = span.clone();
                on_thread("there", move || {
                    there.in_scope(|| info_span!("elsewhere").in_scope(|| info!("there")))
                });
            }),
            15 => self.with_any(|walk, span| walk.hand.add_link(span, Remote::sampled(7), &[])),
            16 => self.hide(),
            17 => self.drop_elsewhere(),
            18 => drop(info_span!("never entered")),
            19 => self.fill(),
            20 => self.values(),
            21 => drop(self.handles.pop()),
            _ => self.with_any(|walk, span| walk.hand.add_event(span, "by hand", &[])),
        }
        self.handles.truncate(HANDLES);
    }

    fn with_any(&mut self, f: impl FnOnce(&mut Self, &Span)) {
        if let Some(span) = self.any() {
            f(self, &span);
        }
    }

    fn make(&mut self) {
        let given = self.any();
        let span = match (self.below(5), given) {
            (0, Some(parent)) => info_span!(parent: &parent, "of a given parent", number = 1),
            (1, _) => {
                let span = info_span!(parent: None, "of another process", text = "a");
                self.hand.set_parent(&span, Remote { flags: self.below(4) as u8 & 1, ..Remote::sampled(9) });
                span
            }
            (2, _) => info_span!(parent: None, "of nobody"),
            _ => info_span!("of the current", number = 2, text = %"b", late = Empty),
        };
        self.handles.push(span);
    }

    /// Not one that is entered here already: see `parent_entered_again_within_another`.
    fn enter(&mut self) {
        if let Some(span) = self.any().filter(|span| !self.is_entered(span)) {
            self.entered.push(span.entered());
        }
    }

    fn is_entered(&self, span: &Span) -> bool {
        self.entered.iter().any(|entered| entered.id() == span.id())
    }

    /// Exits some span, not always the last one entered, or drops some handle.
    fn let_go(&mut self) {
        let index = self.below(self.handles.len() + self.entered.len());
        if index < self.entered.len() {
            drop(self.entered.remove(index));
        } else if index - self.entered.len() < self.handles.len() {
            drop(self.handles.remove(index - self.entered.len()));
        }
    }

    /// Makes things in a span that may be hidden from the layer. Nothing is given it as a parent: that is known to differ.
    fn hide(&mut self) {
        let _hidden = info_span!("hidden").entered();
        info!("in hidden");
        self.make();
        if let Some(span) = self.any().filter(|span| !self.is_entered(span)) {
            span.in_scope(|| info_span!("in hidden and given").in_scope(|| {}));
        }
    }

    /// Values of any kind, on a span and on an event.
    fn values(&mut self) {
        let (int, float) = (self.word() as i64, f64::from_bits(self.word()));
        let texts = ["", "\0", "plain", "\u{7f}\u{80}", "日本", "\"\\\n"];
        let text: String = (0..self.below(40)).map(|_| texts[self.below(texts.len())]).collect();
        let list: Vec<u64> = (0..self.below(5)).map(|_| self.word()).collect();
        let some = (self.below(2) == 0).then_some(int);
        let span = info_span!(
            "of values",
            int,
            float,
            text,
            ?list,
            some,
            truth = int > 0,
            args = format_args!("{int}")
        );
        info!(parent: &span, int, float, text, ?list, some, char = %'x', "event of {text}");
        self.handles.push(span);
    }

    fn drop_elsewhere(&mut self) {
        if let Some(span) = self.handles.pop() {
            on_thread("there", move || drop(span));
        }
    }

    fn fill(&mut self) {
        if let Some(span) = self.any().filter(|span| !self.filled.contains(&span.id())) {
            span.record("late", true);
            self.filled.push(span.id());
        }
    }

    fn follow(&mut self) {
        if let (Some(effect), Some(cause)) = (self.any(), self.any()) {
            // One that follows itself has a program of its own.
            if effect.id() != cause.id() {
                effect.follows_from(&cause);
            }
        }
    }
}
