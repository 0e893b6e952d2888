//! Baggage belongs to a span, and goes to its children and to the services it calls.

use crate::support::{attribute, bare, record, text};
use std::collections::HashMap;
use throughline::{Baggage, Context, Limits, Sampler, SpanExt, baggage, propagation};
use tracing::{Span, info_span};

fn header() -> Option<String> {
    let mut headers = HashMap::<String, String>::new();
    propagation::inject(&mut headers);
    headers.remove("baggage")
}

#[test]
fn children_begin_with_what_their_parent_has_and_go_their_own_way() {
    record(bare(), || {
        let parent = info_span!("parent").entered();
        baggage::set("a", "1").expect("there is a span");
        let early = info_span!("early");
        baggage::set("b", "ü, ;").expect("there is a span");
        let late = info_span!("late").entered();
        assert_eq!((baggage::get("a").as_deref(), baggage::get("b").as_deref()), (Some("1"), Some("ü, ;")));
        assert_eq!(header().as_deref(), Some("a=1,b=%C3%BC%2C%20%3B"));
        baggage::set("a", "2").expect("there is a span");
        assert!(baggage::remove("b") && !baggage::remove("b"));
        assert_eq!(late.baggage().as_str(), "a=2");
        drop(late);
        assert_eq!(baggage::current().len(), 2, "a child's changes are its own");
        assert_eq!(early.baggage().as_str(), "a=1");
        early.set_baggage("c", "3").expect("it is open");
        assert!(early.remove_baggage("a"));
        assert_eq!((early.baggage().as_str(), parent.baggage().len()), ("c=3", 2));
    });
}

#[test]
fn outside_of_a_recorded_span_there_is_none() {
    assert!(baggage::current().is_empty() && !baggage::remove("a"));
    assert!(baggage::set("a", "1").expect_err("no span").is_no_span());
    assert_eq!(baggage::with("a", "1", || baggage::get("a")), None);
    let none = Span::none();
    assert!(none.set_baggage("a", "1").expect_err("no span").is_no_span());
    assert!(none.baggage().is_empty() && !none.remove_baggage("a"));
}

#[test]
fn a_closure_has_its_own_value_and_leaves_the_old_one_behind_even_if_it_panics() {
    record(bare(), || {
        let _in = info_span!("s").entered();
        baggage::set("a", "1").expect("there is a span");
        let inside = baggage::with("a", "2", || (baggage::get("a"), header()));
        assert_eq!(inside, (Some("2".to_owned()), Some("a=2".to_owned())));
        let child = baggage::with("b", "3", || info_span!("child"));
        assert_eq!((baggage::current().as_str(), child.baggage().as_str()), ("a=1", "a=1,b=3"));
        let panicked = std::panic::catch_unwind(|| baggage::with("a", "2", || panic!("on purpose")));
        assert!(panicked.is_err());
        assert_eq!(baggage::current().as_str(), "a=1");
    });
}

#[test]
fn the_limits_hold_and_what_is_refused_changes_nothing() {
    record(bare(), || {
        let _in = info_span!("s").entered();
        assert!(baggage::set("not a token", "1").is_err());
        assert!(baggage::set("correlation.id", "not an id").is_err());
        for n in 0..64 {
            baggage::set(&format!("k{n}"), "v").expect("there is room");
        }
        assert!(baggage::set("k64", "v").expect_err("full").is_full());
        assert!(baggage::set("k0", &"v".repeat(8192)).expect_err("full").is_full());
        assert_eq!((baggage::current().len(), baggage::get("k0").as_deref()), (64, Some("v")));
    });
}

#[test]
fn baggage_that_is_set_before_the_decision_is_kept_whoever_decides() {
    for sampler in [Sampler::always_on(), Sampler::always_off(), Sampler::ratio(1.0), Sampler::default()] {
        record(bare().sampler(sampler.clone()), || {
            let root = info_span!("root").entered();
            baggage::set("a", "1").expect("there is a span");
            assert_eq!(root.context().baggage().as_str(), "a=1", "{sampler:?}");
            let _child = info_span!("child").entered();
            assert_eq!(header().as_deref(), Some("a=1"), "{sampler:?}");
        });
    }
}

#[test]
fn a_remote_parents_baggage_goes_on_with_or_without_ids() {
    for traceparent in ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", "junk"] {
        record(bare(), || {
            let headers = [("traceparent", traceparent), ("baggage", "a=1;p=2,b=%20")];
            let headers: HashMap<_, _> = headers.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
            let server = info_span!("server");
            server.set_parent(propagation::extract(&headers)).expect("in time");
            let _in = server.enter();
            let _client = info_span!("client").entered();
            assert_eq!(header().as_deref(), Some("a=1;p=2,b=%20"), "{traceparent}");
        });
    }
}

#[test]
fn named_members_become_attributes_unless_the_program_has_its_own() {
    let mut limits = Limits::default();
    limits.value_length = 5;
    let recording = record(bare().limits(limits).baggage_attributes(["tenant", "plan", "absent"]), || {
        let root = info_span!("root").entered();
        let carried = [("tenant", "acme & sons"), ("plan", "free"), ("secret", "x")];
        carried.iter().for_each(|(name, value)| baggage::set(name, value).expect("there is a span"));
        info_span!("child", plan = "own").in_scope(|| {});
        drop(root);
    });
    let (root, child) = (recording.span("root"), recording.span("child"));
    assert_eq!(
        (text(&root.attributes, "tenant"), text(&root.attributes, "plan")),
        (Some("acme "), Some("free"))
    );
    assert_eq!(
        (text(&child.attributes, "tenant"), text(&child.attributes, "plan")),
        (Some("acme "), Some("own"))
    );
    for span in [root, child] {
        assert_eq!(
            (attribute(&span.attributes, "secret"), attribute(&span.attributes, "absent")),
            (None, None)
        );
        assert_eq!(span.attributes.len(), 2);
    }
}

#[test]
fn what_the_limit_of_attributes_leaves_no_room_for_is_counted() {
    let mut limits = Limits::default();
    limits.attributes = 1;
    let recording = record(bare().limits(limits).baggage_attributes(["a", "b"]), || {
        let _in = info_span!("s").entered();
        baggage::set("a", "1").expect("there is a span");
        baggage::set("b", "2").expect("there is a span");
    });
    let span = recording.span("s");
    assert_eq!(
        (text(&span.attributes, "a"), span.attributes.len(), span.dropped_attributes_count),
        (Some("1"), 1, 1)
    );
}

#[test]
fn a_context_carries_the_baggage_that_it_is_given() {
    let mut baggage = Baggage::EMPTY;
    baggage.insert("a", "1").expect("valid");
    let context = Context::default().with_baggage(baggage.clone());
    assert_eq!(context.baggage(), &baggage);
    assert_eq!(context.with_baggage(Baggage::EMPTY), Context::default());
}
