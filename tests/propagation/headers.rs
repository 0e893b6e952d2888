//! Headers and contexts, as the tests need them.

use std::collections::BTreeMap;
use throughline::Context;
use throughline::propagation::{Format, Propagator};

pub(crate) const ALL: [Format; 7] = [
    Format::TraceContext,
    Format::Baggage,
    Format::B3,
    Format::B3Multi,
    Format::Jaeger,
    Format::XRay,
    Format::Datadog,
];

pub(crate) type Headers = http::HeaderMap;

pub(crate) fn headers(pairs: &[(&str, &str)]) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in pairs {
        let name = http::HeaderName::try_from(*name).expect("a header name");
        headers.append(name, http::HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
    }
    headers
}

/// What these formats read, one after the other.
pub(crate) fn extracted(formats: &[Format], headers: &Headers) -> Context {
    formats.iter().fold(Context::default(), |base, format| format.extract(headers, base))
}

/// What these formats write.
pub(crate) fn injected(formats: &[Format], context: &Context) -> BTreeMap<String, String> {
    let mut headers = Headers::new();
    formats.iter().for_each(|format| format.inject(context, &mut headers));
    pairs(&headers)
}

pub(crate) fn pairs(headers: &Headers) -> BTreeMap<String, String> {
    let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), value.to_str().expect("we write text").to_owned())
    };
    headers.iter().map(pair).collect()
}

pub(crate) fn expected(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
