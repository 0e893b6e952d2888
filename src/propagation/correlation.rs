//! The correlation id at the edge: taken from the headers of a request, else made.

use super::sole::{Sole, sole};
use super::{Extract, Propagators, counts};
use crate::{Context, CorrelationId};
use http::HeaderName;

/// The headers that are looked at, in this order, unless the builder names others.
pub(crate) const DEFAULT_HEADERS: [&str; 2] = ["x-correlation-id", "x-request-id"];

/// The id that the headers of a request bring: `x-correlation-id`, else `x-request-id`, or what
/// [`Builder::correlation_headers`](crate::Builder::correlation_headers) names.
///
/// One that is not 1 to 128 visible ASCII characters, or is there twice and differs, is passed over and
/// [counted](super::Counts::replaced_correlation_ids). What baggage brings is in
/// [`Context::correlation_id`] already, and comes before this.
#[must_use]
pub fn from_headers(carrier: &impl Extract) -> Option<CorrelationId> {
    Propagators::of_process().correlation_headers().iter().find_map(|name| match sole(carrier, name) {
        Sole::Absent => None,
        Sole::One(value) => read(value),
        Sole::Several => {
            counts::replaced_correlation_id();
            None
        }
    })
}

/// The context with a correlation id, as a server gives one to each request: its own (which came in baggage), else that of
/// the headers, else a new one.
#[must_use]
pub fn at_edge(context: Context, carrier: &impl Extract) -> Context {
    if context.correlation_id().is_some() {
        return context;
    }
    let id = from_headers(carrier).unwrap_or_else(CorrelationId::new);
    let (context, dropped) = context.correlated(id);
    if dropped > 0 {
        counts::dropped_baggage(dropped);
    }
    context
}

/// The header that a server's response tells the id in: the first of those that are looked at.
#[cfg_attr(not(feature = "tower"), allow(dead_code))]
pub(crate) fn response_header() -> Option<&'static HeaderName> {
    Propagators::of_process().response_header()
}

fn read(value: &[u8]) -> Option<CorrelationId> {
    let id = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
    if id.is_none() {
        counts::replaced_correlation_id();
    }
    id
}
