//! Odd orders of leaving, closing and following.

use crate::neighbours::named;
use crate::support::{assert_child, bare, names, record};
use throughline::SpanId;
use tracing::{info, info_span};

#[test]
fn spans_may_be_left_and_closed_in_any_order() {
    let recording = record(bare(), || {
        let (one, two) = (info_span!("one"), info_span!("two"));
        let in_one = one.enter();
        let in_two = two.enter();
        drop(in_one);
        info!("in two");
        let child = info_span!("child of two");
        drop(in_two);
        info!("outside");
        let (one, two, child) = (one.clone(), two.clone(), child);
        drop((two, child));
        drop(one);
    });
    assert_eq!(names(&recording.span("two").events), ["in two"]);
    assert!(recording.span("one").events.is_empty());
    assert_child(&recording.span("child of two"), &recording.span("two"));
    assert_eq!(recording.guard.stats().open, 0);
}

#[test]
fn a_parent_dropped_before_its_children_is_exported_after_them_and_stays_their_parent() {
    let recording = record(bare(), || {
        let parent = info_span!("parent");
        let children: Vec<_> = (0..3).map(|n| info_span!(parent: &parent, "child", n)).collect();
        drop(parent);
        let late = info_span!(parent: &children[1], "grandchild");
        drop(children);
        drop(late);
    });
    let parent = recording.span("parent");
    let spans = recording.spans();
    let children: Vec<_> = spans.iter().filter(|span| span.name == "child").collect();
    assert_eq!(children.len(), 3);
    children.iter().for_each(|child| assert_child(child, &parent));
    assert_child(&recording.span("grandchild"), children[1]);
}

#[test]
fn a_panic_that_unwinds_through_a_span_closes_it() {
    let recording = record(bare(), || {
        let unwound = std::panic::catch_unwind(|| {
            let _in = info_span!("unwound").entered();
            std::panic::resume_unwind(Box::new("quietly"));
        });
        assert!(unwound.is_err());
        drop(info_span!("next"));
    });
    assert_eq!(recording.span("next").parent_span_id, SpanId::INVALID);
    assert_eq!(recording.span("unwound").name, "unwound");
}

#[test]
fn follows_from_becomes_a_link_while_the_other_span_is_open() {
    let recording = record(bare(), || {
        let (cause, effect) = (info_span!("cause"), info_span!("effect"));
        effect.follows_from(&cause);
        let gone = info_span!("gone").id();
        effect.follows_from(gone);
    });
    let (cause, effect) = named(&recording, ["cause", "effect"]);
    assert_eq!(effect.links.len(), 1);
    assert_eq!((effect.links[0].trace_id, effect.links[0].span_id), (cause.trace_id, cause.span_id));
    assert_eq!(effect.links[0].flags & 0x301, 0x101, "sampled, known to be local");
    assert_ne!(effect.trace_id, cause.trace_id);
}
