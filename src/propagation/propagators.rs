//! `Propagators`: the formats in use, one after the other, and the ones of this process.

use super::trace_context::TraceContext;
use super::{Extract, Inject, Propagator};
use crate::Context;
use std::fmt;
use std::sync::{LazyLock, OnceLock};

/// Formats that `OTEL_PROPAGATORS` may name and that are not built yet.
const PLANNED: [&str; 6] = ["baggage", "b3", "b3multi", "jaeger", "xray", "datadog"];
const DEFAULT: &str = "tracecontext";

static CHOSEN: OnceLock<Propagators> = OnceLock::new();
static FALLBACK: LazyLock<Propagators> = LazyLock::new(Propagators::default);

/// All inject; all extract in order, a later one that finds a valid context replacing the earlier.
pub(crate) struct Propagators {
    list: Vec<Box<dyn Propagator>>,
    fields: Vec<&'static str>,
}

// === impl Propagators ===

impl Propagators {
    /// Those of a comma-separated list as in `OTEL_PROPAGATORS`, names in any case, each once, and a
    /// message about every name that was ignored.
    ///
    /// `none` switches propagation off; a list in which nothing is known is the default.
    pub(crate) fn from_names(names: &str) -> (Self, Vec<String>) {
        let mut seen: Vec<String> = Vec::new();
        let mut list = Vec::new();
        let mut ignored = Vec::new();
        for name in names.split(',').map(|name| name.trim().to_ascii_lowercase()) {
            if name.is_empty() || seen.contains(&name) {
                continue;
            }
            match by_name(&name) {
                Ok(Some(propagator)) => list.push(propagator),
                Ok(None) => return (Propagators::new(Vec::new()), ignored),
                Err(message) => ignored.push(message),
            }
            seen.push(name);
        }
        let chosen = if list.is_empty() { Propagators::default() } else { Propagators::new(list) };
        (chosen, ignored)
    }

    /// Makes these the ones of the process; whether they were the first to ask.
    pub(crate) fn install(self) -> bool {
        CHOSEN.set(self).is_ok()
    }

    fn new(list: Vec<Box<dyn Propagator>>) -> Self {
        let mut fields: Vec<_> = list.iter().flat_map(|propagator| propagator.fields()).copied().collect();
        fields.sort_unstable();
        fields.dedup();
        Propagators { list, fields }
    }

    fn of_process() -> &'static Self {
        CHOSEN.get().unwrap_or_else(|| &FALLBACK)
    }
}

impl Default for Propagators {
    fn default() -> Self {
        Propagators::new(vec![Box::new(TraceContext)])
    }
}

impl Propagator for Propagators {
    fn inject(&self, context: &Context, carrier: &mut dyn Inject) {
        self.list.iter().for_each(|propagator| propagator.inject(context, carrier));
    }

    fn extract(&self, carrier: &dyn Extract, base: Context) -> Context {
        self.list.iter().fold(base, |base, propagator| propagator.extract(carrier, base))
    }

    fn fields(&self) -> &[&'static str] {
        &self.fields
    }
}

impl fmt::Debug for Propagators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Propagators").field("fields", &self.fields).finish_non_exhaustive()
    }
}

/// Writes the context of the span that the calling thread is in into a carrier of headers. Outside of a recorded
/// span nothing is written.
///
/// The context is handed out with that: the span's parent can change no more.
pub fn inject(carrier: &mut impl Inject) {
    if let Some(context) = crate::layer::current() {
        inject_context(&context, carrier);
    }
}

/// Writes this context into outgoing headers, in every format that the process uses.
///
/// Writes nothing for a context that is not valid.
pub fn inject_context(context: &Context, carrier: &mut impl Inject) {
    Propagators::of_process().inject(context, carrier);
}

/// The context that incoming headers carry, in any format that the process uses.
///
/// Not valid ([`Context::is_valid`]) if there is none or it is malformed: the trace then begins here.
#[must_use]
pub fn extract(carrier: &impl Extract) -> Context {
    Propagators::of_process().extract(carrier, Context::default())
}

/// The propagator of this name; `None` for `none`.
fn by_name(name: &str) -> Result<Option<Box<dyn Propagator>>, String> {
    match name {
        DEFAULT => Ok(Some(Box::new(TraceContext))),
        "none" => Ok(None),
        _ if PLANNED.contains(&name) => Err(format!("propagator `{name}` is not built yet; it is ignored")),
        _ => Err(format!("unknown propagator `{name}`; it is ignored")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SpanContext, SpanId, TraceFlags, TraceId};
    use std::collections::HashMap;

    /// Reads one header that holds a span id in decimal.
    struct Decimal(&'static str);

    impl Propagator for Decimal {
        fn inject(&self, context: &Context, carrier: &mut dyn Inject) {
            carrier.set(self.0, &context.span_context().span_id().to_u64().to_string());
        }

        fn extract(&self, carrier: &dyn Extract, base: Context) -> Context {
            let mut id = None;
            carrier.each_value(self.0, &mut |value| {
                id = std::str::from_utf8(value).ok().and_then(|v| v.parse().ok())
            });
            let Some(id) = id.map(SpanId::from_u64) else { return base };
            base.with_span_context(SpanContext::new(TraceId::from_u128(1), id, TraceFlags::SAMPLED, true))
        }

        fn fields(&self) -> &[&'static str] {
            std::slice::from_ref(&self.0)
        }
    }

    #[test]
    fn a_later_one_that_finds_a_context_replaces_the_earlier_and_one_that_fails_leaves_it() {
        let both = Propagators::new(vec![
            Box::new(Decimal("one")),
            Box::new(Decimal("two")),
            Box::new(Decimal("one")),
        ]);
        assert_eq!(both.fields(), ["one", "two"]);
        let both = Propagators::new(vec![Box::new(Decimal("one")), Box::new(Decimal("two"))]);
        let span_id = |headers: &[(&str, &str)]| {
            let map: HashMap<_, _> =
                headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            both.extract(&map, Context::default()).span_context().span_id().to_u64()
        };
        assert_eq!(span_id(&[("one", "1"), ("two", "2")]), 2);
        assert_eq!(span_id(&[("one", "1"), ("two", "x")]), 1);
        assert_eq!(span_id(&[("two", "2")]), 2);
        assert_eq!(span_id(&[]), 0);
        let mut map = HashMap::new();
        both.inject(
            &both.extract(&HashMap::from([("one".to_owned(), "5".to_owned())]), Context::default()),
            &mut map,
        );
        assert_eq!((map["one"].as_str(), map["two"].as_str()), ("5", "5"));
    }

    #[test]
    fn names_choose_formats_and_what_is_not_known_is_told() {
        let chosen = |names| {
            let (propagators, ignored) = Propagators::from_names(names);
            (propagators.list.len(), ignored)
        };
        let not_yet = "propagator `baggage` is not built yet; it is ignored".to_owned();
        assert_eq!(chosen("tracecontext"), (1, vec![]));
        assert_eq!(chosen(" TraceContext , tracecontext,"), (1, vec![]));
        assert_eq!(chosen("tracecontext,baggage"), (1, vec![not_yet]));
        assert_eq!(chosen("none"), (0, vec![]));
        assert_eq!(chosen("ottrace"), (1, vec!["unknown propagator `ottrace`; it is ignored".to_owned()]));
        assert_eq!(chosen(""), (1, vec![]));
    }

    #[test]
    fn the_process_speaks_w3c_unless_told_otherwise() {
        let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let context = extract(&HashMap::from([("traceparent".to_owned(), header.to_owned())]));
        let mut map = HashMap::new();
        inject_context(&context, &mut map);
        assert_eq!(map, HashMap::from([("traceparent".to_owned(), header.to_owned())]));
    }
}
