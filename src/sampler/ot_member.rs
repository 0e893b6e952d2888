//! The `ot` member of `tracestate`: where a trace's threshold and randomness travel.
//!
//! The grammar (OpenTelemetry, "TraceState Handling"); keys are unique, the whole at most 256 characters:
//!
//! ```abnf
//! ot    = pair *( ";" pair )
//! pair  = key ":" value
//! key   = lcalpha *( lcalpha / DIGIT )
//! value = *( ALPHA / DIGIT / "." / "_" / "-" )
//! th    = 1*14HEXDIG                  ; rejection threshold, trailing zeros cut
//! rv    = 14( DIGIT / %x61-66 )       ; explicit randomness
//! ```
//!
//! Only `th` is ever written. Whatever else stands there, well formed or not, goes on as it came.

use super::threshold::Threshold;
use crate::context::Carried;
use crate::{Context, TraceId, TraceState};
use std::sync::Arc;

const KEY: &str = "ot";
const THRESHOLD: &str = "th";
const RANDOMNESS: &str = "rv";
const RANDOMNESS_DIGITS: usize = 14;
/// The bits of a trace id that are random (W3C Trace Context level 2, section 3.2.2.5.2).
const RANDOM_BITS: u128 = (1 << 56) - 1;
const MAX_LEN: usize = 256;

/// The randomness of a trace: `rv`, else the last 7 bytes of its id.
#[inline]
pub(super) fn randomness(parent: Option<&Context>, trace_id: TraceId) -> u64 {
    explicit_randomness(parent).unwrap_or((trace_id.to_u128() & RANDOM_BITS) as u64)
}

/// Whether a threshold that came along is one under which the trace was so decided; true if none came.
pub(super) fn threshold_agrees(parent: &Context, trace_id: TraceId, sampled: bool) -> bool {
    let Some(th) = value(parent.trace_state(), THRESHOLD) else { return true };
    Threshold::from_th(th).is_some_and(|th| th.admits(randomness(Some(parent), trace_id)) == sampled)
}

/// The threshold that comes along.
pub(super) fn threshold(context: &Context) -> Option<Threshold> {
    value(context.trace_state(), THRESHOLD).and_then(Threshold::from_th)
}

/// What to carry so that `th` is this; `None` if that is what the parent carries already.
pub(super) fn with_threshold(parent: &Context, th: &str) -> Option<Arc<Carried>> {
    change(parent, Some(th))
}

/// What to carry so that there is no `th`; `None` if there is none.
#[inline]
pub(super) fn without_threshold(parent: Option<&Context>) -> Option<Arc<Carried>> {
    parent.filter(|parent| parent.carried().is_some()).and_then(|parent| change(parent, None))
}

fn explicit_randomness(parent: Option<&Context>) -> Option<u64> {
    let rv = value(parent?.trace_state(), RANDOMNESS)?;
    let well_formed =
        rv.len() == RANDOMNESS_DIGITS && rv.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    if well_formed { u64::from_str_radix(rv, 16).ok() } else { None }
}

fn value<'a>(trace_state: &'a TraceState, key: &str) -> Option<&'a str> {
    let pairs = trace_state.get(KEY)?.split(';');
    pairs.filter_map(|pair| pair.split_once(':')).find_map(|(k, value)| (k == key).then_some(value))
}

fn change(parent: &Context, th: Option<&str>) -> Option<Arc<Carried>> {
    if value(parent.trace_state(), THRESHOLD) == th {
        return None;
    }
    let before = parent.trace_state().get(KEY).unwrap_or_default();
    let after = rewritten(before, th);
    if after == before {
        return None; // the new threshold did not fit, and there was no old one
    }
    let mut trace_state = parent.trace_state().clone();
    if after.is_empty() {
        trace_state.remove(KEY);
    } else {
        trace_state.insert(KEY, &after).ok()?;
    }
    let context = parent.clone().with_trace_state(trace_state);
    Some(context.carried().cloned().unwrap_or_default())
}

/// The member's value without its old threshold, and with the new one if that fits.
fn rewritten(member: &str, th: Option<&str>) -> String {
    let is_threshold = |pair: &str| pair.split_once(':').is_some_and(|(key, _)| key == THRESHOLD);
    let others: Vec<&str> =
        member.split(';').filter(|pair| !pair.is_empty() && !is_threshold(pair)).collect();
    let mut after = others.join(";");
    // A blank in front of the old one cannot end a member.
    after.truncate(after.trim_end().len());
    let Some(th) = th else { return after };
    let separator = if after.is_empty() { "" } else { ";" };
    if after.len() + separator.len() + THRESHOLD.len() + 1 + th.len() <= MAX_LEN {
        after.extend([separator, THRESHOLD, ":", th]);
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SpanContext;

    fn carrying(trace_state: &str) -> Context {
        Context::new(SpanContext::INVALID).with_trace_state(trace_state.parse().expect("valid"))
    }

    fn written(before: &str, th: Option<&str>) -> Option<String> {
        change(&carrying(before), th).map(|carried| carried.trace_state.to_string())
    }

    #[test]
    fn a_threshold_is_added_replaced_and_erased_in_front_of_the_others() {
        for (before, th, after) in [
            ("", Some("8"), Some("ot=th:8")),
            ("a=1", Some("8"), Some("ot=th:8,a=1")),
            ("a=1,ot=th:c,b=2", Some("8"), Some("ot=th:8,a=1,b=2")),
            ("a=1,ot=rv:0123456789abcd;th:c;zz:9", Some("8"), Some("ot=rv:0123456789abcd;zz:9;th:8,a=1")),
            ("a=1,ot=th:c;rv:0123456789abcd", None, Some("ot=rv:0123456789abcd,a=1")),
            ("a=1,ot=th:c", None, Some("a=1")),
            ("ot=th:c", None, Some("")),
            ("ot=th:c;th:8", None, Some("")),
            ("ot=junk;th:c", Some("8"), Some("ot=junk;th:8")),
            ("a=1,ot=th:8;rv:0", Some("8"), None),
            ("a=1,ot=rv:0", None, None),
            ("a=1", None, None),
            ("", None, None),
            // What a sampler erases is gone, whatever nonsense stood in front of it.
            ("ot=x:1 ;th:8", None, Some("ot=x:1")),
            ("ot= ;th:8,a=1", None, Some("a=1")),
            // An empty pair is no pair.
            ("ot=x:1;", Some("8"), Some("ot=x:1;th:8")),
        ] {
            assert_eq!(written(before, th).as_deref(), after, "{before:?} {th:?}");
        }
    }

    #[test]
    fn a_threshold_that_does_not_fit_is_not_written_and_the_old_one_goes() {
        let (fits, full) = (format!("ot=x:{}", "y".repeat(249)), format!("ot=x:{}", "y".repeat(250)));
        assert_eq!(written(&fits, Some("8")), Some(format!("{fits};th:8")));
        assert_eq!(fits.len() + ";th:8".len(), "ot=".len() + MAX_LEN);
        assert_eq!(written(&full, Some("8")), None);
        assert_eq!(written(&format!("{fits};th:8"), Some("e666")), Some(fits));
    }

    #[test]
    fn randomness_is_rv_if_it_is_well_formed_else_the_end_of_the_trace_id() {
        let id = TraceId::from_u128(0x1111_2222_3333_4444_55aa_bbcc_ddee_ff01);
        let of = |state: &str| randomness(Some(&carrying(state)), id);
        assert_eq!(randomness(None, id), 0xaa_bbcc_ddee_ff01);
        assert_eq!(of("ot=th:8;rv:00000000000fff"), 0xfff);
        for ignored in [
            "ot=rv:fff",
            "ot=rv:0000000000000FFF",
            "ot=rv:00000000000FFF",
            "ot=rv:+0000000000fff",
            "rv=00000000000fff",
            "ot=xrv:00000000000fff",
        ] {
            assert_eq!(of(ignored), 0xaa_bbcc_ddee_ff01, "{ignored}");
        }
    }

    #[test]
    fn a_threshold_agrees_if_it_explains_the_decision() {
        let id = TraceId::from_u128(0xc0_0000_0000_0000);
        let agrees = |state, sampled| threshold_agrees(&carrying(state), id, sampled);
        assert!(agrees("ot=th:c", true) && !agrees("ot=th:c", false));
        assert!(!agrees("ot=th:c00001", true) && agrees("ot=th:c00001", false));
        assert!(!agrees("ot=th:c;rv:bfffffffffffff", true));
        assert!(agrees("a=1", true) && agrees("a=1", false));
        assert!(!agrees("ot=th:nonsense", true) && !agrees("ot=th:nonsense", false));
    }
}
