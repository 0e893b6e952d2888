//! `Format`: the formats of headers that are built in.

use super::b3::{B3, B3Multi};
use super::baggage::BaggageHeader;
use super::datadog::Datadog;
use super::jaeger::Jaeger;
use super::trace_context::TraceContext;
use super::xray::XRay;
use super::{Extract, Inject, Propagator};
use crate::Context;

/// A format of headers, for [`Builder::propagators`](crate::Builder::propagators); the names are those of
/// `OTEL_PROPAGATORS`. Each is a [`Propagator`] by itself too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `tracecontext`: `traceparent` and `tracestate` of W3C Trace Context level 2.
    TraceContext,
    /// `baggage`: W3C Baggage.
    Baggage,
    /// `b3`: reads the header `b3`, else `X-B3-*`; writes `b3`.
    B3,
    /// `b3multi`: reads the same, writes `X-B3-*`.
    B3Multi,
    /// `jaeger`: `uber-trace-id`, and baggage as `uberctx-*`.
    Jaeger,
    /// `xray`: `X-Amzn-Trace-Id` of AWS X-Ray.
    XRay,
    /// `datadog`: `x-datadog-*`, and the member `dd` of `tracestate`.
    Datadog,
}

// === impl Format ===

impl Format {
    pub(super) const ALL: [(&'static str, Format); 7] = [
        ("tracecontext", Format::TraceContext),
        ("baggage", Format::Baggage),
        ("b3", Format::B3),
        ("b3multi", Format::B3Multi),
        ("jaeger", Format::Jaeger),
        ("xray", Format::XRay),
        ("datadog", Format::Datadog),
    ];

    /// What a process speaks that is not told otherwise.
    pub(crate) const DEFAULT: [Format; 2] = [Format::TraceContext, Format::Baggage];

    /// Those of a comma-separated list as in `OTEL_PROPAGATORS`, names in any case, and a message about every name
    /// that was ignored.
    ///
    /// `none` is none of them; a list in which nothing is known is the default.
    pub(super) fn listed(names: &str) -> (Vec<Format>, Vec<String>) {
        let (mut formats, mut ignored) = (Vec::new(), Vec::new());
        for name in names.split(',').map(|name| name.trim().to_ascii_lowercase()) {
            match Format::ALL.iter().find(|(known, _)| *known == name) {
                _ if name.is_empty() => {}
                _ if name == "none" => return (Vec::new(), ignored),
                Some((_, format)) => formats.push(*format),
                None => ignored.push(format!("unknown propagator `{name}`; it is ignored")),
            }
        }
        if formats.is_empty() { (Format::DEFAULT.to_vec(), ignored) } else { (formats, ignored) }
    }

    /// Whether it carries what is in the baggage.
    pub(super) fn carries_baggage(self) -> bool {
        matches!(self, Format::Baggage | Format::Jaeger)
    }

    #[inline]
    fn propagator(self) -> &'static dyn Propagator {
        match self {
            Format::TraceContext => &TraceContext,
            Format::Baggage => &BaggageHeader,
            Format::B3 => &B3,
            Format::B3Multi => &B3Multi,
            Format::Jaeger => &Jaeger,
            Format::XRay => &XRay,
            Format::Datadog => &Datadog,
        }
    }
}

impl Propagator for Format {
    fn inject(&self, context: &Context, carrier: &mut dyn Inject) {
        self.propagator().inject(context, carrier);
    }

    fn extract(&self, carrier: &dyn Extract, base: Context) -> Context {
        self.propagator().extract(carrier, base)
    }

    fn fields(&self) -> &[&'static str] {
        self.propagator().fields()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_choose_formats_and_what_is_not_known_is_told() {
        use Format::{B3, Baggage, Datadog, TraceContext};
        assert_eq!(Format::listed("tracecontext"), (vec![TraceContext], vec![]));
        assert_eq!(Format::listed(" Baggage ,B3,, datadog,"), (vec![Baggage, B3, Datadog], vec![]));
        assert_eq!(Format::listed("none"), (vec![], vec![]));
        assert_eq!(Format::listed("b3,none"), (vec![], vec![]));
        assert_eq!(Format::listed(""), (vec![TraceContext, Baggage], vec![]));
        let told = |name: &str| vec![format!("unknown propagator `{name}`; it is ignored")];
        assert_eq!(Format::listed("ottrace"), (vec![TraceContext, Baggage], told("ottrace")));
        assert_eq!(Format::listed("pigeon,b3"), (vec![B3], told("pigeon")));
        for (name, format) in Format::ALL {
            assert_eq!(Format::listed(name).0, [format]);
        }
    }
}
