//! `Propagators`: the formats in use, one after the other, and the ones of this process.

use super::{Extract, Format, Inject, Propagator, correlation, datadog_state};
use crate::Context;
use http::HeaderName;
use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};

static CHOSEN: OnceLock<Propagators> = OnceLock::new();
static FALLBACK: LazyLock<Propagators> = LazyLock::new(Propagators::default);

/// All inject; all extract in order, a later one that finds a valid context replacing the earlier.
#[derive(Clone)]
pub(crate) struct Propagators {
    /// Each once.
    formats: Vec<Format>,
    /// The program's own, after those.
    own: Vec<Arc<dyn Propagator>>,
    fields: Vec<&'static str>,
    correlation_headers: Vec<String>,
    /// The first of them, as a response has it.
    response_header: Option<HeaderName>,
    /// Write the first of those headers, and not only where nothing else carries the id.
    send_correlation_header: bool,
}

// === impl Propagators ===

impl Propagators {
    /// These formats, and then the program's own.
    pub(crate) fn new(formats: &[Format], own: Vec<Arc<dyn Propagator>>) -> Self {
        let mut once = Vec::with_capacity(formats.len());
        for format in formats {
            if !once.contains(format) {
                once.push(*format);
            }
        }
        let of_formats = once.iter().flat_map(|format| format.fields());
        let of_own = own.iter().flat_map(|propagator| propagator.fields());
        let mut fields: Vec<_> = of_formats.chain(of_own).copied().collect();
        fields.sort_unstable();
        fields.dedup();
        Propagators {
            formats: once,
            own,
            fields,
            correlation_headers: correlation::DEFAULT_HEADERS.map(str::to_owned).to_vec(),
            response_header: Some(HeaderName::from_static(correlation::DEFAULT_HEADERS[0])),
            send_correlation_header: false,
        }
    }

    /// Those of a list as in `OTEL_PROPAGATORS`, and a message about every name that was ignored.
    pub(crate) fn from_names(names: &str, own: Vec<Arc<dyn Propagator>>) -> (Self, Vec<String>) {
        let (formats, ignored) = Format::listed(names);
        (Propagators::new(&formats, own), ignored)
    }

    /// The headers that bring a correlation id, the first one also takes it on; and whether it does so in any case.
    pub(crate) fn with_correlation(mut self, headers: Option<Vec<String>>, send: bool) -> Self {
        if let Some(headers) = headers {
            self.response_header = headers.first().and_then(|name| HeaderName::try_from(name).ok());
            self.correlation_headers = headers;
        }
        self.send_correlation_header = send;
        self
    }

    /// Makes these the ones of the process; whether they were the first to ask.
    pub(crate) fn install(self) -> bool {
        CHOSEN.set(self).is_ok()
    }

    /// Makes those that stand in for chosen ones: the child of a fork would wait for ever for a thread that is at it.
    pub(crate) fn settle() {
        LazyLock::force(&FALLBACK);
    }

    pub(super) fn of_process() -> &'static Self {
        CHOSEN.get().unwrap_or_else(|| &FALLBACK)
    }

    /// Lower-case.
    pub(super) fn correlation_headers(&self) -> &[String] {
        &self.correlation_headers
    }

    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    pub(super) fn response_header(&self) -> Option<&HeaderName> {
        self.response_header.as_ref()
    }

    /// The header that takes the correlation id on.
    #[inline]
    fn correlation_header(&self) -> Option<&str> {
        let none = self.formats.is_empty() && self.own.is_empty();
        let carried = self.formats.iter().any(|format| format.carries_baggage());
        let wanted = !none && (!carried || self.send_correlation_header);
        self.correlation_headers.first().map(String::as_str).filter(|_| wanted)
    }

    fn speaks_datadog(&self) -> bool {
        self.formats.contains(&Format::Datadog)
    }
}

impl Default for Propagators {
    fn default() -> Self {
        Propagators::new(&Format::DEFAULT, Vec::new())
    }
}

impl Propagator for Propagators {
    fn inject(&self, context: &Context, carrier: &mut dyn Inject) {
        let with_state = self.speaks_datadog().then(|| datadog_state::written(context));
        let context = with_state.as_ref().unwrap_or(context);
        self.formats.iter().for_each(|format| format.inject(context, carrier));
        self.own.iter().for_each(|propagator| propagator.inject(context, carrier));
        if let (Some(id), Some(header)) = (context.correlation_id(), self.correlation_header()) {
            carrier.set(header, id.as_str());
        }
    }

    fn extract(&self, carrier: &dyn Extract, base: Context) -> Context {
        let context = self.formats.iter().fold(base, |base, format| format.extract(carrier, base));
        let context = self.own.iter().fold(context, |base, propagator| propagator.extract(carrier, base));
        if self.speaks_datadog() { datadog_state::read(context) } else { context }
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
/// Ids are written only of a context that is [valid](Context::is_valid), but for X-Ray and Datadog, which can name a trace
/// alone; its baggage and correlation id in any case.
pub fn inject_context(context: &Context, carrier: &mut impl Inject) {
    Propagators::of_process().inject(context, carrier);
}

/// The context that incoming headers carry, in any format that the process uses.
///
/// Not valid ([`Context::is_valid`]) if there are no ids or they are malformed: the trace then begins here, with the id
/// that came without a span's, as X-Ray's of a load balancer and Datadog's of a synthetic test do. What is malformed is ignored
/// as a whole and counted in [`counts`](super::counts).
#[must_use]
pub fn extract(carrier: &impl Extract) -> Context {
    Propagators::of_process().extract(carrier, Context::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Baggage, SpanContext, SpanId, TraceFlags, TraceId};
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

    fn own(names: &[&'static str]) -> Vec<Arc<dyn Propagator>> {
        names.iter().map(|name| Arc::new(Decimal(name)) as Arc<dyn Propagator>).collect()
    }

    fn carrier(headers: &[(&str, &str)]) -> HashMap<String, String> {
        headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_later_one_that_finds_a_context_replaces_the_earlier_and_one_that_fails_leaves_it() {
        let both = Propagators::new(&[], own(&["one", "two", "one"]));
        assert_eq!(both.fields(), ["one", "two"]);
        let both = Propagators::new(&[], own(&["one", "two"]));
        let span_id = |headers: &[(&str, &str)]| {
            both.extract(&carrier(headers), Context::default()).span_context().span_id().to_u64()
        };
        assert_eq!(span_id(&[("one", "1"), ("two", "2")]), 2);
        assert_eq!(span_id(&[("one", "1"), ("two", "x")]), 1);
        assert_eq!(span_id(&[("two", "2")]), 2);
        assert_eq!(span_id(&[]), 0);
        let mut map = HashMap::new();
        both.inject(&both.extract(&carrier(&[("one", "5")]), Context::default()), &mut map);
        assert_eq!((map["one"].as_str(), map["two"].as_str()), ("5", "5"));
    }

    #[test]
    fn a_format_that_is_named_twice_is_there_once_and_the_programs_own_come_last() {
        let all = Propagators::new(&[Format::B3, Format::TraceContext, Format::B3], own(&["one"]));
        assert_eq!(all.formats, [Format::B3, Format::TraceContext]);
        assert_eq!(all.fields(), ["b3", "one", "traceparent", "tracestate"]);
        let headers = carrier(&[("b3", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1"), ("one", "9")]);
        assert_eq!(all.extract(&headers, Context::default()).span_context().span_id().to_u64(), 9);
    }

    #[test]
    fn the_correlation_id_is_a_header_where_baggage_is_not_sent_or_where_that_is_asked_for() {
        let context = Context::default().with_correlation_id("me".parse().expect("valid"));
        let written = |formats: &[Format], headers: Option<&str>, send| {
            let headers = headers.map(|name| vec![name.to_owned()]);
            let mut map = HashMap::new();
            Propagators::new(formats, Vec::new()).with_correlation(headers, send).inject(&context, &mut map);
            map
        };
        let id = |name: &str| carrier(&[(name, "me")]);
        assert_eq!(written(&[Format::TraceContext], None, false), id("x-correlation-id"));
        assert_eq!(written(&[Format::B3], Some("x-mine"), false), id("x-mine"));
        assert_eq!(written(&[Format::Baggage], None, false), carrier(&[("baggage", "correlation.id=me")]));
        assert_eq!(written(&[Format::Baggage], None, true).len(), 2);
        assert_eq!(written(&[], None, true), HashMap::new(), "none is none");
    }

    #[test]
    fn the_process_speaks_w3c_unless_told_otherwise() {
        let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let headers = carrier(&[("traceparent", header), ("baggage", "a=1")]);
        let context = extract(&headers);
        assert_eq!(context.baggage().get("a").as_deref(), Some("1"));
        let mut map = HashMap::new();
        inject_context(&context, &mut map);
        assert_eq!(map, headers);
        inject_context(&context.with_baggage(Baggage::EMPTY), &mut map);
        assert_eq!(map.len(), 1, "what another request had is not left behind");
    }
}
