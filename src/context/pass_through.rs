//! `PassThrough`: what neighbours of other makes want to find again in the headers that we send.

/// What a context carries for formats that say more than ids and a decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PassThrough {
    /// B3 and Jaeger: the trace is to be kept by all means. Implies sampled.
    pub(crate) debug: bool,
    /// Datadog: the sampling priority as it came.
    pub(crate) priority: Option<i8>,
    /// Datadog: the product that the trace began in.
    pub(crate) origin: String,
    /// Datadog: `_dd.p.*` as `key=value` joined by commas, but for `_dd.p.tid`.
    pub(crate) datadog_tags: String,
    /// X-Ray: unknown fields, `Lineage` among them, as `key=value` joined by semicolons.
    pub(crate) xray: String,
}

// === impl PassThrough ===

impl PassThrough {
    pub(crate) const EMPTY: PassThrough = PassThrough {
        debug: false,
        priority: None,
        origin: String::new(),
        datadog_tags: String::new(),
        xray: String::new(),
    };

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::EMPTY
    }

    /// Forgets what was said of a trace; X-Ray's `Lineage` is about the chain of calls, whichever trace it is in.
    pub(crate) fn leave_trace(&mut self) {
        *self = PassThrough { xray: std::mem::take(&mut self.xray), ..Self::EMPTY };
    }

    /// The priority, if it says the same as the sampled flag.
    pub(crate) fn priority_if(&self, sampled: bool) -> Option<i8> {
        self.priority.filter(|priority| (*priority > 0) == sampled)
    }
}
