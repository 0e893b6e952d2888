//! The requests through `tracing`.

use tracing::{Span, info, info_span};

use super::amount::{Amount, route};
use super::kind::{BARE_CHILDREN, RICH_CHILDREN};

pub(super) fn bare(_: i64) {
    let _root = info_span!("request").entered();
    for _ in 0..BARE_CHILDREN {
        let _child = info_span!("step").entered();
    }
}

pub(super) fn fields(number: i64) {
    let _root = info_span!("request", route = route(), number, total = %Amount(number)).entered();
    for child in 0..RICH_CHILDREN {
        let _child = info_span!("step", route = route(), number = child, total = %Amount(number)).entered();
    }
}

pub(super) fn rich(number: i64) {
    let _root = info_span!("request", route = route(), number, total = %Amount(number)).entered();
    for child in 0..RICH_CHILDREN {
        let _child = info_span!("step", route = route(), number = child, total = %Amount(number)).entered();
        info!(name: "priced", attempt = child);
    }
}

pub(super) fn words(number: i64) {
    let _root = named(number).entered();
    for child in 0..RICH_CHILDREN {
        let _child = named(child).entered();
        info!(attempt = child, "priced {number} for {}", route());
    }
}

fn named(number: i64) -> Span {
    info_span!("step", otel.name = route(), otel.kind = "client", otel.status_description = %Amount(number))
}
