//! `BaggageHeader`: the header `baggage` of W3C Baggage. Its grammar stands in `context::baggage_member`.

use super::{Extract, Inject, Propagator, counts};
use crate::Context;
use crate::context::BaggageReader;

const BAGGAGE: &str = "baggage";

/// The format of W3C Baggage.
#[derive(Clone, Copy, Debug)]
pub(super) struct BaggageHeader;

// === impl BaggageHeader ===

impl Propagator for BaggageHeader {
    fn inject(&self, context: &Context, carrier: &mut dyn Inject) {
        match context.baggage().as_str() {
            // A header copied from another request would be taken for ours.
            "" => carrier.unset(BAGGAGE),
            header => carrier.set(BAGGAGE, header),
        }
    }

    fn extract(&self, carrier: &dyn Extract, base: Context) -> Context {
        let mut reader = BaggageReader::default();
        carrier.each_value(BAGGAGE, &mut |header| reader.read(header));
        let read = reader.finish();
        if read.dropped > 0 {
            counts::dropped_baggage(read.dropped);
        }
        if read.malformed > 0 {
            counts::invalid(read.malformed);
        }
        add(base, read.baggage)
    }

    fn fields(&self) -> &[&'static str] {
        &[BAGGAGE]
    }
}

/// Adds what a header brought to what earlier ones have.
pub(super) fn add(base: Context, baggage: crate::Baggage) -> Context {
    if baggage.is_empty() {
        return base;
    }
    let mut all = baggage;
    if !base.baggage().is_empty() {
        let more = std::mem::replace(&mut all, base.baggage().clone());
        counts::dropped_baggage(all.extend(&more));
    }
    base.changed(|carried| {
        if !carried.set_baggage(all) {
            counts::replaced_correlation_id();
        }
    })
}
