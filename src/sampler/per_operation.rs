//! `PerOperation`: a share of the traces for each name of their first span, and of each some all the same.

use super::meter::Meter;
use super::rate_limited::decision;
use super::ratio::Ratio;
use super::{Decision, SamplingParams};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

/// Operations without a share of their own have so many meters; those that meet in one share it.
const METERS: usize = 1024;

/// Jaeger's per-operation strategy ("guaranteed throughput").
pub(super) struct PerOperation {
    operations: HashMap<String, (Ratio, Meter), Fnv>,
    others: Ratio,
    meters: Box<[Meter]>,
}

/// FNV-1a: names are short, and come from ourselves.
#[derive(Clone, Copy, Default)]
struct Fnv;

struct FnvHasher(u64);

// === impl PerOperation ===

impl PerOperation {
    pub(super) fn new(shares: &[(String, f64)], others: f64, at_least: f64) -> Self {
        let operation =
            |(name, share): &(String, f64)| (name.clone(), (Ratio::new(*share), Meter::new(at_least)));
        PerOperation {
            operations: shares.iter().map(operation).collect(),
            others: Ratio::new(others),
            meters: (0..METERS).map(|_| Meter::new(at_least)).collect(),
        }
    }

    /// A trace that is taken only to have one carries no threshold: it stands for nothing but itself. One that the share
    /// takes counts against the lower bound too.
    pub(super) fn decide(&self, params: &SamplingParams<'_>) -> Decision {
        let (ratio, meter) = match self.operations.get(params.name()) {
            Some((ratio, meter)) => (ratio, meter),
            None => (&self.others, &self.meters[Fnv.hash_one(params.name()) as usize % METERS]),
        };
        let (by_share, at_least) =
            (ratio.decide(params.parent(), params.trace_id()), meter.takes(params.now()));
        if at_least && !by_share.sampled { decision(true, params.parent()) } else { by_share }
    }
}

impl std::fmt::Debug for PerOperation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shares = self.operations.iter().map(|(name, (ratio, _))| (name, ratio.probability));
        f.debug_map().entries(shares).entry(&"*", &self.others.probability).finish()
    }
}

// === impl Fnv ===

impl BuildHasher for Fnv {
    type Hasher = FnvHasher;

    fn build_hasher(&self) -> FnvHasher {
        FnvHasher(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for FnvHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{decide_named, second};
    use super::*;
    use crate::{Sampler, TraceId};

    #[test]
    fn each_operation_has_its_share_and_its_lower_bound() {
        let shares = [("all".to_owned(), 1.0), ("none".to_owned(), 0.0)];
        let sampler = Sampler::per_operation(PerOperation::new(&shares, 0.5, 1.0));
        // Randomness 0 is below every threshold but that of 1, the highest above all.
        let (low, high) = (TraceId::from_u128(1 << 100), TraceId::from_u128(1 << 100 | ((1 << 56) - 1)));
        let ask = |name, id, at| {
            let decision = decide_named(&sampler, name, id, second(at));
            (decision.sampled, decision.carried.map(|it| it.trace_state.to_string()))
        };
        let th = |th: &str| Some(format!("ot=th:{th}"));
        assert_eq!(ask("all", low, 0), (true, th("0")));
        assert_eq!(ask("none", low, 0), (true, None), "one a second");
        assert_eq!(ask("none", low, 0), (false, None));
        assert_eq!(ask("other", low, 0), (true, None), "its own bound");
        assert_eq!(ask("other", low, 0), (false, None));
        assert_eq!(ask("another", low, 0), (true, None));
        assert_eq!(ask("other", high, 0), (true, th("8")));
        assert_eq!(ask("none", high, 1), (true, None), "a second later");
    }

    #[test]
    fn what_the_share_takes_counts_against_the_bound() {
        let sampler = Sampler::per_operation(PerOperation::new(&[], 0.5, 1.0));
        let (low, high) = (TraceId::from_u128(1 << 100), TraceId::from_u128(1 << 100 | ((1 << 56) - 1)));
        assert!(decide_named(&sampler, "a", high, second(0)).sampled);
        assert!(!decide_named(&sampler, "a", low, second(0)).sampled);
        assert!(decide_named(&sampler, "a", low, second(1)).sampled);
    }
}
