//! Parents of other processes, and parents that are set late.

use tracing::{Span, info, info_span};

use crate::hand::{Hand, Remote};
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    remote_parent,
    remote_parent_with_children,
    remote_parent_unsampled,
    remote_parent_with_state,
    remote_parent_with_random_flag,
    remote_parent_with_unknown_flags,
    remote_parent_invalid,
    remote_parent_invalid_of_a_child,
    remote_parent_twice,
    remote_parent_of_a_child,
    remote_parent_after_enter,
    remote_parent_after_enter_and_child,
    remote_parent_after_child_never_entered,
    remote_parent_after_context,
    remote_parent_after_event,
    remote_parent_on_none,
    remote_parent_unsampled_then_sampled,
    remote_parent_of_an_unsampled_child,
    remote_parent_after_exit,
    local_parent_is_itself,
    local_parent_by_context,
    local_parent_of_a_closed_span,
    context_of_a_root,
    context_of_none,
    local_parent_unsampled,
    remote_parent_then_late_fields,
    remote_parent_same_trace_in_children,
    context_of_an_unsampled_child,
];

fn remote_parent(hand: &dyn Hand) {
    let span = info_span!("handler");
    hand.note("accepted", &hand.set_parent(&span, Remote::sampled(7)));
    span.in_scope(|| {});
}

fn remote_parent_with_children(hand: &dyn Hand) {
    let span = info_span!("handler");
    hand.note("accepted", &hand.set_parent(&span, Remote::sampled(7)));
    span.in_scope(|| info_span!("child").in_scope(|| info_span!("grandchild").in_scope(|| {})));
}

fn remote_parent_unsampled(hand: &dyn Hand) {
    let span = info_span!("handler");
    hand.set_parent(&span, Remote { flags: 0, ..Remote::sampled(7) });
    span.in_scope(|| info_span!("child").in_scope(|| info!("unseen")));
    hand.note("context", &hand.context(&span));
}

fn remote_parent_with_state(hand: &dyn Hand) {
    let span = info_span!("handler");
    hand.set_parent(&span, Remote { state: "vendor=1,other=2", ..Remote::sampled(7) });
    span.in_scope(|| info_span!("child").in_scope(|| {}));
    hand.note("context", &hand.context(&span));
}

fn remote_parent_with_random_flag(hand: &dyn Hand) {
    let span = info_span!("handler");
    hand.set_parent(&span, Remote { flags: 3, ..Remote::sampled(7) });
    span.in_scope(|| info_span!("child").in_scope(|| {}));
}

fn remote_parent_with_unknown_flags(hand: &dyn Hand) {
    let span = info_span!("handler");
    hand.set_parent(&span, Remote { flags: 0x81, ..Remote::sampled(7) });
    span.in_scope(|| {});
}

fn remote_parent_invalid(hand: &dyn Hand) {
    let span = info_span!("no span id");
    hand.note("no span id", &hand.set_parent(&span, Remote::sampled(0)));
    span.in_scope(|| {});
    let span = info_span!("no trace id");
    hand.note("no trace id", &hand.set_parent(&span, Remote { trace: 0, ..Remote::sampled(7) }));
    span.in_scope(|| {});
}

fn remote_parent_invalid_of_a_child(hand: &dyn Hand) {
    let _outer = info_span!("outer").entered();
    let span = info_span!("handler");
    hand.note("accepted", &hand.set_parent(&span, Remote { trace: 0, ..Remote::sampled(7) }));
    span.in_scope(|| drop(info_span!("inner")));
}

fn remote_parent_twice(hand: &dyn Hand) {
    let span = info_span!("handler");
    hand.note("first", &hand.set_parent(&span, Remote::sampled(7)));
    hand.note("second", &hand.set_parent(&span, Remote::sampled(8)));
    span.in_scope(|| {});
}

fn remote_parent_of_a_child(hand: &dyn Hand) {
    let _outer = info_span!("outer").entered();
    let span = info_span!("handler");
    hand.note("accepted", &hand.set_parent(&span, Remote::sampled(7)));
    span.in_scope(|| {});
}

fn remote_parent_after_enter(hand: &dyn Hand) {
    let span = info_span!("handler").entered();
    hand.note("accepted", &hand.set_parent(&span, Remote::sampled(7)));
}

fn remote_parent_after_enter_and_child(hand: &dyn Hand) {
    let span = info_span!("handler").entered();
    info_span!("child").in_scope(|| {});
    hand.note("accepted", &hand.set_parent(&span, Remote::sampled(7)));
}

fn remote_parent_after_child_never_entered(hand: &dyn Hand) {
    let span = info_span!("handler");
    let _child = info_span!(parent: &span, "child");
    hand.note("accepted", &hand.set_parent(&span, Remote::sampled(7)));
}

fn remote_parent_after_context(hand: &dyn Hand) {
    let span = info_span!("handler");
    hand.note("context", &hand.context(&span));
    hand.note("accepted", &hand.set_parent(&span, Remote::sampled(7)));
}

fn remote_parent_after_event(hand: &dyn Hand) {
    let span = info_span!("handler");
    info!(parent: &span, "early");
    hand.note("accepted", &hand.set_parent(&span, Remote::sampled(7)));
}

fn remote_parent_on_none(hand: &dyn Hand) {
    hand.note("accepted", &hand.set_parent(&Span::none(), Remote::sampled(7)));
    info_span!("work").in_scope(|| {});
}

fn remote_parent_unsampled_then_sampled(hand: &dyn Hand) {
    let span = info_span!("handler", key = 1);
    hand.note("first", &hand.set_parent(&span, Remote { flags: 0, ..Remote::sampled(7) }));
    span.record("key", 2);
    hand.note("second", &hand.set_parent(&span, Remote::sampled(8)));
    span.in_scope(|| info!("seen"));
}

fn remote_parent_of_an_unsampled_child(hand: &dyn Hand) {
    let root = info_span!("root");
    hand.set_parent(&root, Remote { flags: 0, ..Remote::sampled(7) });
    let _entered = root.enter();
    let child = info_span!("child", key = 1);
    hand.note("accepted", &hand.set_parent(&child, Remote::sampled(8)));
    child.in_scope(|| info!("seen"));
}

fn remote_parent_after_exit(hand: &dyn Hand) {
    let span = info_span!("handler");
    span.in_scope(|| info!("seen"));
    hand.note("accepted", &hand.set_parent(&span, Remote::sampled(7)));
}

fn local_parent_is_itself(hand: &dyn Hand) {
    let span = info_span!("work");
    hand.note("accepted", &hand.set_parent_to(&span, &span));
    span.in_scope(|| {});
}

fn local_parent_by_context(hand: &dyn Hand) {
    let other = info_span!("other");
    let span = info_span!("work");
    hand.note("accepted", &hand.set_parent_to(&span, &other));
    span.in_scope(|| info_span!("child").in_scope(|| {}));
}

fn local_parent_of_a_closed_span(hand: &dyn Hand) {
    let span = info_span!("work");
    let other = info_span!("other");
    hand.note("accepted", &hand.set_parent_to(&span, &other));
    drop(other);
    span.in_scope(|| {});
}

fn context_of_a_root(hand: &dyn Hand) {
    let span = info_span!("work");
    hand.note("before", &hand.context(&span));
    span.in_scope(|| hand.note("current", &hand.context(&Span::current())));
}

fn context_of_none(hand: &dyn Hand) {
    hand.note("none", &hand.context(&Span::none()));
    hand.note("outside", &hand.context(&Span::current()));
    info_span!("work").in_scope(|| {});
}

fn local_parent_unsampled(hand: &dyn Hand) {
    let other = info_span!("other");
    hand.set_parent(&other, Remote { flags: 0, ..Remote::sampled(7) });
    let span = info_span!("work", key = 1);
    hand.note("accepted", &hand.set_parent_to(&span, &other));
    span.in_scope(|| info!("unseen"));
}

fn remote_parent_then_late_fields(hand: &dyn Hand) {
    let span =
        info_span!("handler", key = 1, status = tracing::field::Empty, otel.name = tracing::field::Empty);
    info!(parent: &span, "before");
    hand.add_link(&span, Remote::sampled(8), &[]);
    hand.set_parent(&span, Remote { state: "vendor=1", ..Remote::sampled(7) });
    span.record("status", 200);
    span.record("otel.name", "GET /");
    span.in_scope(|| info!("after"));
}

fn remote_parent_same_trace_in_children(hand: &dyn Hand) {
    let root = info_span!("root");
    hand.set_parent(&root, Remote::sampled(7));
    let _entered = root.enter();
    let child = info_span!("child");
    hand.note("accepted", &hand.set_parent(&child, Remote::sampled(9)));
    child.in_scope(|| info_span!("grandchild").in_scope(|| {}));
}

fn context_of_an_unsampled_child(hand: &dyn Hand) {
    let root = info_span!("root");
    hand.set_parent(&root, Remote { flags: 0, state: "vendor=1", ..Remote::sampled(7) });
    let _entered = root.enter();
    let child = info_span!("child").entered();
    hand.note("child", &hand.context(&child));
    info_span!(parent: None, "seen").in_scope(|| {});
}
