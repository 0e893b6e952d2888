//! `Difference`: one thing that two runs of a program do not agree on.

/// `None`: it is not there at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) program: &'static str,
    /// What differs: `span.name`, `span.attr:KEY`, `event.attr:KEY`, `note:LABEL`.
    pub(crate) at: String,
    /// Which span or event, for people.
    pub(crate) which: String,
    pub(crate) rival: Option<String>,
    pub(crate) ours: Option<String>,
}

/// Gathers the differences of one program.
pub(crate) struct Differences {
    program: &'static str,
    pub(crate) all: Vec<Difference>,
}

// === impl Differences ===

impl Differences {
    pub(crate) fn of(program: &'static str) -> Self {
        Differences { program, all: Vec::new() }
    }

    /// Compares what both may have.
    pub(crate) fn check<T: ToString>(&mut self, at: &str, which: &str, rival: Option<T>, ours: Option<T>) {
        let (rival, ours) = (rival.map(|value| value.to_string()), ours.map(|value| value.to_string()));
        if rival != ours {
            let (at, which) = (at.to_owned(), which.to_owned());
            self.all.push(Difference { program: self.program, at, which, rival, ours });
        }
    }

    /// Compares what both have.
    pub(crate) fn same<T: ToString>(&mut self, at: &str, which: &str, rival: T, ours: T) {
        self.check(at, which, Some(rival), Some(ours));
    }
}
