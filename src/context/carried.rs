//! `Carried`: everything that travels with a span context besides its ids, shared by pointer.

use super::correlation_id::KEY;
use super::{Baggage, CorrelationId, PassThrough, TraceState};
use std::sync::OnceLock;

/// What a [`Context`](super::Context) carries: inherited by pointer, copied when changed, absent when empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried {
    /// The members of `tracestate`.
    pub(crate) trace_state: TraceState,
    /// What the program sends along, and the correlation id if it came with that.
    own: Baggage,
    correlation_id: Option<CorrelationId>,
    /// The id is not in `own`. Every request of a server gets one, but few send it on: it is put there when somebody
    /// asks.
    apart: bool,
    /// With the id, once somebody has asked.
    joined: OnceLock<Baggage>,
    /// What neighbours want to find again.
    pub(crate) pass_through: PassThrough,
}

// === impl Carried ===

impl Carried {
    /// With an id and nothing else, as most requests of a server have it.
    pub(crate) fn of_correlation_id(id: CorrelationId) -> Self {
        Carried { correlation_id: Some(id), apart: true, ..Carried::default() }
    }

    /// Whether there is nothing in it, so that a context need not hold it.
    pub(crate) fn is_empty(&self) -> bool {
        self.trace_state.is_empty()
            && self.own.is_empty()
            && self.correlation_id.is_none()
            && self.pass_through.is_empty()
    }

    /// Forgets what belongs to a trace that is left. Baggage and correlation id belong to the request.
    pub(crate) fn leave_trace(&mut self) {
        self.trace_state = TraceState::EMPTY;
        self.pass_through.leave_trace();
    }

    /// What the program sends along; the correlation id is a member of it too.
    pub(crate) fn baggage(&self) -> &Baggage {
        match &self.correlation_id {
            Some(id) if self.apart => self.joined.get_or_init(|| self.own.with_correlation_id(id)),
            _ => &self.own,
        }
    }

    pub(crate) fn correlation_id(&self) -> Option<&CorrelationId> {
        self.correlation_id.as_ref()
    }

    /// Replaces the baggage; the correlation id is the one that it has. One that cannot be an id is removed, so that it
    /// does not travel on under that name: then it returns `false`.
    pub(crate) fn set_baggage(&mut self, baggage: Baggage) -> bool {
        self.own = baggage;
        self.correlation_id = self.own.get(KEY).and_then(|id| id.parse().ok());
        (self.apart, self.joined) = (false, OnceLock::new());
        self.correlation_id.is_some() || !self.own.remove(KEY)
    }

    /// Sets the correlation id, in the baggage too. Returns how many members have made room for it there.
    pub(crate) fn set_correlation_id(&mut self, id: CorrelationId) -> usize {
        let before = self.own.len() - usize::from(self.own.get(KEY).is_some());
        self.correlation_id = Some(id);
        (self.apart, self.joined) = (true, OnceLock::new());
        if before == 0 { 0 } else { before + 1 - self.baggage().len() }
    }
}

impl PartialEq for Carried {
    fn eq(&self, other: &Self) -> bool {
        self.correlation_id == other.correlation_id
            && self.trace_state == other.trace_state
            && self.pass_through == other.pass_through
            && self.baggage() == other.baggage()
    }
}

impl Eq for Carried {}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> CorrelationId {
        text.parse().expect("valid")
    }

    fn baggage(members: &[(&str, &str)]) -> Baggage {
        let mut baggage = Baggage::EMPTY;
        for (name, value) in members {
            baggage.insert(name, value).expect("there is room");
        }
        baggage
    }

    #[test]
    fn an_id_is_in_the_baggage_whichever_way_it_came() {
        let mut made = Carried::default();
        assert_eq!(made.set_correlation_id(id("me")), 0);
        let mut came = Carried::default();
        assert!(came.set_baggage(baggage(&[(KEY, "me")])));
        assert_eq!((made.baggage().as_str(), &made), ("correlation.id=me", &came));
        made.set_correlation_id(id("you"));
        assert_eq!(
            (made.baggage().as_str(), came.baggage().as_str()),
            ("correlation.id=you", "correlation.id=me")
        );
        came.set_correlation_id(id("you"));
        assert_eq!(made, came, "it replaces one that came");
    }

    #[test]
    fn baggage_that_is_set_brings_its_own_id_or_none() {
        let mut carried = Carried::default();
        carried.set_correlation_id(id("me"));
        assert_eq!(carried.baggage().len(), 1);
        assert!(carried.set_baggage(baggage(&[("a", "1")])));
        assert_eq!((carried.baggage().as_str(), carried.correlation_id()), ("a=1", None));
        assert_eq!(
            (carried.set_correlation_id(id("me")), carried.baggage().as_str()),
            (0, "correlation.id=me,a=1")
        );
        assert!(!carried.set_baggage(baggage(&[(KEY, "a b")])), "it cannot be one");
        assert!(carried.is_empty());
    }

    #[test]
    fn what_makes_room_for_an_id_is_counted() {
        let many: Vec<_> = (0..64).map(|n| format!("k{n}")).collect();
        let mut carried = Carried::default();
        carried.set_baggage(baggage(&many.iter().map(|name| (name.as_str(), "v")).collect::<Vec<_>>()));
        assert_eq!((carried.set_correlation_id(id("me")), carried.baggage().len()), (1, 64));
        assert_eq!(carried.set_correlation_id(id("you")), 1, "it is never in what came");
    }
}
