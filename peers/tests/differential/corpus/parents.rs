//! Parents within the process: contextual, explicit, none, disabled, closed.

use tracing::{Span, info, info_span};

use crate::hand::Hand;
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    parent_contextual,
    parent_deep,
    parent_siblings,
    parent_explicit,
    parent_explicit_id,
    parent_explicit_beats_current,
    parent_none,
    parent_none_within,
    parent_of_closed_span,
    parent_is_disabled_span,
    parent_current,
    parent_two_roots,
    parent_of_a_span_never_entered,
    parent_exits_out_of_order,
    parent_entered_again_within_another,
];

fn parent_contextual(_: &dyn Hand) {
    info_span!("parent").in_scope(|| info_span!("child").in_scope(|| {}));
}

fn parent_deep(_: &dyn Hand) {
    fn deeper(depth: usize) {
        if depth < 40 {
            info_span!("level", depth).in_scope(|| deeper(depth + 1));
        }
    }
    deeper(0);
}

fn parent_siblings(_: &dyn Hand) {
    let _parent = info_span!("parent").entered();
    for index in 0..5 {
        info_span!("child", index).in_scope(|| {});
    }
}

fn parent_explicit(_: &dyn Hand) {
    let parent = info_span!("parent");
    info_span!(parent: &parent, "child").in_scope(|| {});
}

fn parent_explicit_id(_: &dyn Hand) {
    let parent = info_span!("parent");
    info_span!(parent: parent.id(), "child").in_scope(|| {});
}

fn parent_explicit_beats_current(_: &dyn Hand) {
    let other = info_span!("other");
    info_span!("current").in_scope(|| info_span!(parent: &other, "child").in_scope(|| info!("where")));
}

fn parent_none(_: &dyn Hand) {
    info_span!(parent: None, "root").in_scope(|| {});
}

fn parent_none_within(_: &dyn Hand) {
    let _current = info_span!("current").entered();
    let root = info_span!(parent: None, "root").entered();
    info_span!("child of root").in_scope(|| {});
    drop(root);
    info_span!("child of current").in_scope(|| {});
}

fn parent_of_closed_span(_: &dyn Hand) {
    let id = info_span!("closed").id();
    let _current = info_span!("current").entered();
    info_span!(parent: id, "orphan").in_scope(|| {});
}

fn parent_is_disabled_span(_: &dyn Hand) {
    let _current = info_span!("current").entered();
    let disabled = Span::none();
    info_span!(parent: &disabled, "child of none").in_scope(|| {});
    disabled.in_scope(|| info_span!("child of current").in_scope(|| {}));
}

fn parent_current(_: &dyn Hand) {
    let _current = info_span!("current").entered();
    info_span!(parent: Span::current(), "child").in_scope(|| {});
}

fn parent_two_roots(_: &dyn Hand) {
    info_span!("first").in_scope(|| info_span!("child of first").in_scope(|| {}));
    info_span!("second").in_scope(|| info_span!("child of second").in_scope(|| {}));
}

fn parent_of_a_span_never_entered(_: &dyn Hand) {
    let parent = info_span!("parent");
    let child = info_span!(parent: &parent, "child");
    let _grandchild = info_span!(parent: &child, "grandchild");
}

fn parent_exits_out_of_order(_: &dyn Hand) {
    let (first, second) = (info_span!("first"), info_span!("second"));
    let first_entered = first.enter();
    let second_entered = second.enter();
    drop(first_entered);
    info_span!("in second").in_scope(|| {});
    info!("in second");
    drop(second_entered);
    info_span!("in none").in_scope(|| {});
}

fn parent_entered_again_within_another(_: &dyn Hand) {
    let (first, second) = (info_span!("first"), info_span!("second"));
    first.in_scope(|| {
        second.in_scope(|| {
            first.in_scope(|| {
                info!("of first");
                info_span!("child of first").in_scope(|| {});
            });
            info!("of second");
        });
    });
}
