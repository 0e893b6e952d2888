//! The member `dd` of `tracestate`, in which Datadog's libraries carry what `traceparent` cannot say. It is touched only
//! where the format `datadog` is in use, and passes untouched else.
//!
//! ```abnf
//! dd     = field *( ";" field )
//! field  = "s:" priority        ; counts only when it agrees with the sampled flag
//!        / "o:" origin
//!        / "p:" 16HEXDIGLC      ; the last span of theirs; we send our own
//!        / "t." name ":" value  ; a tag `_dd.p.<name>`; "=" in a value is written "~"
//! ```

use super::datadog::{priority, read_priority};
use crate::Context;
use crate::context::PassThrough;
use std::fmt::Write;

const KEY: &str = "dd";
/// The longest value of a member (W3C Trace Context level 2, section 3.3.2.2.2).
const MAX_LEN: usize = 256;

/// The context with what its member `dd` says, as far as headers of Datadog's own have not said it.
pub(super) fn read(context: Context) -> Context {
    let Some(member) = context.trace_state().get(KEY) else { return context };
    let sampled = context.span_context().is_sampled();
    let mut through = context.pass_through().clone();
    for (name, value) in member.split(';').filter_map(|field| field.split_once(':')) {
        match name {
            "s" if through.priority.is_none() => {
                through.priority = read_priority(value.as_bytes()).filter(|it| (*it > 0) == sampled);
            }
            "o" if through.origin.is_empty() => through.origin = value.replace('~', "="),
            _ => {}
        }
    }
    if through.datadog_tags.is_empty() {
        through.datadog_tags = tags(member);
    }
    if through == *context.pass_through() {
        return context;
    }
    context.changed(|carried| carried.pass_through = through)
}

/// The context with the member `dd` that says what it knows.
pub(super) fn written(context: &Context) -> Context {
    if !context.is_valid() {
        return context.clone();
    }
    let mut state = context.trace_state().clone();
    // Every part of it is legal there, so it is taken.
    let _ = state.insert(KEY, &member(context));
    context.clone().with_trace_state(state)
}

fn member(context: &Context) -> String {
    let through: &PassThrough = context.pass_through();
    let mut member = String::new();
    // Writing to a string cannot fail.
    if let Some(priority) = priority(context) {
        let _ = write!(member, "s:{priority};");
    }
    if !through.origin.is_empty() {
        let _ = write!(member, "o:{};", legal(&through.origin));
    }
    let _ = write!(member, "p:{}", context.span_context().span_id());
    for (name, value) in through.datadog_tags.split(',').filter_map(|tag| tag.split_once('=')) {
        let name = name.trim_start_matches("_dd.p.");
        let field = format!(";t.{}:{}", legal(name), legal(value));
        // Whole tags only, and no blank at the end.
        if member.len() + field.len() <= MAX_LEN && !field.ends_with(' ') {
            member.push_str(&field);
        }
    }
    member
}

fn tags(member: &str) -> String {
    let fields = member.split(';').filter_map(|field| field.strip_prefix("t.")?.split_once(':'));
    let tags = fields.filter(|(name, value)| !name.is_empty() && !value.is_empty() && *name != "tid");
    let tags: Vec<_> =
        tags.map(|(name, value)| format!("_dd.p.{name}={}", value.replace('~', "="))).collect();
    tags.join(",")
}

/// As Datadog's libraries write it: what `tracestate` or the member cannot hold is replaced.
fn legal(text: &str) -> String {
    let legal = |c: char| match c {
        '=' => '~',
        ',' | ';' | '~' => '_',
        ' '..='}' => c,
        _ => '_',
    };
    text.chars().map(legal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SpanContext, SpanId, TraceFlags, TraceId};

    fn context(flags: TraceFlags, state: &str) -> Context {
        let span = SpanContext::new(TraceId::from_u128(1 << 70 | 5), SpanId::from_u64(0xab), flags, true);
        Context::new(span).with_trace_state(state.parse().expect("valid"))
    }

    #[test]
    fn what_the_member_says_is_read_and_written_again_with_our_span() {
        let read = read(context(
            TraceFlags::SAMPLED,
            "a=1,dd=s:2;o:rum;p:00000000000000ff;t.dm:-4;t.usr.id:baz64~~",
        ));
        let through = read.pass_through();
        assert_eq!((through.priority, through.origin.as_str()), (Some(2), "rum"));
        assert_eq!(through.datadog_tags, "_dd.p.dm=-4,_dd.p.usr.id=baz64==");
        let written = written(&read);
        assert_eq!(
            written.trace_state().to_string(),
            "dd=s:2;o:rum;p:00000000000000ab;t.dm:-4;t.usr.id:baz64~~,a=1"
        );
    }

    #[test]
    fn a_priority_that_contradicts_the_flag_does_not_count() {
        for (flags, member, priority) in [
            (TraceFlags::NONE, "dd=s:2", 0),
            (TraceFlags::SAMPLED, "dd=s:-1", 1),
            (TraceFlags::NONE, "dd=s:-1", -1),
            (TraceFlags::SAMPLED, "dd=s:9", 1),
        ] {
            let read = read(context(flags, member));
            let expected = format!("dd=s:{priority};p:00000000000000ab");
            assert_eq!(written(&read).trace_state().to_string(), expected, "{member}");
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_what_is_not_legal_is_replaced() {
        let tags = format!("_dd.p.a={},_dd.p.b={},_dd.p.c=x;y", "v".repeat(100), "w".repeat(200));
        let context = context(TraceFlags::SAMPLED, "").changed(|carried| {
            carried.pass_through.origin = "a;b=é".to_owned();
            carried.pass_through.datadog_tags = tags;
        });
        let expected = format!("dd=s:1;o:a_b~_;p:00000000000000ab;t.a:{};t.c:x_y", "v".repeat(100));
        assert_eq!(written(&context).trace_state().to_string(), expected);
    }
}
