//! The picture of a trace: one line a span, one a event. Its grammar is in the folder's documentation.

use super::text::{attribute_key, event_name, name, value, word};
use super::trace::{Node, Trace};
use crate::wire::{EventData, KeyValue, LinkData, SpanKind, StatusCode};
use std::fmt::Write;

/// The flag of OTLP that says that a parent, or a link's span, is remote.
const REMOTE: u32 = 0x200;
/// What an unfinished span has as an attribute, and the picture as a mark.
const UNFINISHED: &str = "throughline.unfinished";
/// How far children are to the right of their parent.
const INDENT: usize = 2;

/// The lines of these spans and of all below them.
pub(super) fn lines(trace: &Trace, from: &[usize]) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, depth) in trace.walk(from) {
        let node = &trace.nodes[at];
        let line = span(trace, node, |target| label(trace, target));
        lines.push(format!("{:1$}{line}", "", depth * INDENT));
        for one in &node.data.events {
            lines.push(format!("{:1$}{2}", "", (depth + 1) * INDENT, event(one, &trace.masked)));
        }
    }
    lines
}

/// What siblings are ordered by: all of their own lines, but for numbers of links, which depend on the order.
pub(super) fn sort_key(trace: &Trace, at: usize) -> String {
    let node = &trace.nodes[at];
    let mut key = span(trace, node, |target| word(&trace.nodes[target].data.name).into_owned());
    for one in &node.data.events {
        key.push('\n');
        key.push_str(&event(one, &trace.masked));
    }
    key.push('\n');
    key
}

/// An event's line.
pub(super) fn event(event: &EventData, masked: &[String]) -> String {
    let mut line = format!("* {}{}", name(event_name(&event.name)), attributes(&event.attributes, masked));
    put_dropped(&mut line, "dropped_attributes", event.dropped_attributes_count);
    line
}

/// ` key=value` for each.
pub(super) fn attributes(attributes: &[KeyValue], masked: &[String]) -> String {
    let mut text = String::new();
    for KeyValue { key, value: shown } in attributes.iter().filter(|attribute| attribute.key != UNFINISHED) {
        let shown = if masked.contains(key) { "_".to_owned() } else { value(shown) };
        let _ = write!(text, " {}={shown}", attribute_key(key));
    }
    text
}

/// Lines moved to the right, for messages.
pub(super) fn indented(picture: &str) -> String {
    if picture.is_empty() {
        return "    (no spans)".to_owned();
    }
    picture.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// A span's line.
fn span(trace: &Trace, node: &Node, label: impl Fn(usize) -> String) -> String {
    let data = &node.data;
    let mut line = name(&data.name).into_owned();
    line.push_str(kind(data.kind));
    match data.status.code {
        StatusCode::Unset => {}
        StatusCode::Ok => line.push_str(" status=ok"),
        StatusCode::Error if data.status.description.is_empty() => line.push_str(" status=error"),
        StatusCode::Error => {
            let _ = write!(line, " status=error({:?})", data.status.description);
        }
    }
    if data.parent_span_id.is_valid() {
        match data.flags & REMOTE != 0 {
            true => line.push_str(" parent=remote"),
            false if node.parent.is_none() => line.push_str(" parent=other"),
            false => {}
        }
    }
    for link in &data.links {
        put_link(&mut line, trace, link, &label);
    }
    line.push_str(&attributes(&data.attributes, &trace.masked));
    put_dropped(&mut line, "dropped_attributes", data.dropped_attributes_count);
    put_dropped(&mut line, "dropped_events", data.dropped_events_count);
    put_dropped(&mut line, "dropped_links", data.dropped_links_count);
    if node.unfinished {
        line.push_str(" (unfinished)");
    }
    line
}

fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Unspecified | SpanKind::Internal => "",
        SpanKind::Server => " kind=server",
        SpanKind::Client => " kind=client",
        SpanKind::Producer => " kind=producer",
        SpanKind::Consumer => " kind=consumer",
    }
}

fn put_link(line: &mut String, trace: &Trace, link: &LinkData, label: impl Fn(usize) -> String) {
    let id = (link.trace_id, link.span_id);
    let target = trace.nodes.iter().position(|node| (node.data.trace_id, node.data.span_id) == id);
    let shown = match target {
        Some(target) => label(target),
        None if link.flags & REMOTE != 0 => "remote".to_owned(),
        None => "other".to_owned(),
    };
    let _ = write!(line, " link={shown}");
    let attributes = attributes(&link.attributes, &trace.masked);
    if !attributes.is_empty() {
        let _ = write!(line, "{{{}}}", attributes.trim_start());
    }
}

/// The name of a linked span; with its number among those of that name, counted down the picture, if there are several.
fn label(trace: &Trace, target: usize) -> String {
    let wanted = &trace.nodes[target].data.name;
    let order = trace.walk(&trace.roots).into_iter().map(|(at, _)| at);
    let named: Vec<_> = order.filter(|at| trace.nodes[*at].data.name == *wanted).collect();
    let number = named.iter().position(|at| *at == target).map_or(0, |before| before + 1);
    match named.len() {
        1 => word(wanted).into_owned(),
        _ => format!("{}#{number}", word(wanted)),
    }
}

fn put_dropped(line: &mut String, what: &str, count: u32) {
    if count > 0 {
        let _ = write!(line, " {what}={count}");
    }
}
