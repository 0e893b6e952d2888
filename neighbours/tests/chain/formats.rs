//! `Speech`: a format of headers, as a browser's SDK sends it and as it is seen on the way.

/// A format, with baggage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    W3c,
    B3,
    B3Multi,
    Jaeger,
}

/// The span that the browser is in.
pub(crate) const BROWSER: &str = "00f067aa0ba902b7";

// === impl Speech ===

impl Speech {
    /// `OTEL_PROPAGATORS`.
    pub(crate) fn names(self) -> &'static str {
        match self {
            Speech::W3c => "tracecontext,baggage",
            Speech::B3 => "b3,baggage",
            Speech::B3Multi => "b3multi,baggage",
            Speech::Jaeger => "jaeger",
        }
    }

    /// What a browser sends that is in a trace.
    pub(crate) fn headers(self, trace_id: &str, sampled: bool) -> Vec<(&'static str, String)> {
        let flag = u8::from(sampled);
        match self {
            Speech::W3c => vec![
                ("traceparent", format!("00-{trace_id}-{BROWSER}-0{flag}")),
                ("tracestate", "browser=1".to_owned()),
            ],
            Speech::B3 => vec![("b3", format!("{trace_id}-{BROWSER}-{flag}"))],
            Speech::B3Multi => vec![
                ("x-b3-traceid", trace_id.to_owned()),
                ("x-b3-spanid", BROWSER.to_owned()),
                ("x-b3-parentspanid", "3a2fb8be9f6c77b8".to_owned()),
                ("x-b3-sampled", flag.to_string()),
            ],
            Speech::Jaeger => vec![("uber-trace-id", format!("{trace_id}:{BROWSER}:0:{flag}"))],
        }
    }

    /// A member of its baggage.
    pub(crate) fn baggage(self, name: &str, coded: &str) -> (String, String) {
        match self {
            Speech::Jaeger => (format!("uberctx-{name}"), coded.to_owned()),
            _ => ("baggage".to_owned(), format!("{name}={coded}")),
        }
    }

    /// The names of the headers that a service gets, in order.
    pub(crate) fn seen(self) -> &'static [&'static str] {
        match self {
            Speech::W3c => &["baggage", "traceparent", "tracestate"],
            Speech::B3 => &["b3", "baggage"],
            Speech::B3Multi => &["baggage", "x-b3-sampled", "x-b3-spanid", "x-b3-traceid"],
            Speech::Jaeger => &["uber-trace-id", "uberctx-correlation.id", "uberctx-sum", "uberctx-user"],
        }
    }
}
