//! A trace in Jaeger's legacy shape: spans, and the processes that they name.

use super::super::json::Json;
use super::answers::legacy_id;
use super::go_time::{duration_text, time_text};
use super::span_json::{put_span, put_tags};
use crate::analysis::{Identified, LogPlaces, Skew, identify, skews};
use crate::store::{Source, Span, Trace};
use std::collections::HashMap;
use std::sync::Arc;

/// The sources of a trace, numbered from 1; equal ones share a number.
#[derive(Default)]
pub(super) struct Processes<'t> {
    numbers: HashMap<*const Source, usize>,
    distinct: Vec<&'t Source>,
}

/// Writes the trace; `raw` leaves out what Jaeger's adjusters change and warn of.
pub(super) fn put_trace(json: &mut Json, trace: &Trace, raw: bool) {
    let spans: Vec<Identified<'_>> = match raw {
        false => identify(trace),
        true => trace
            .spans()
            .map(|span| Identified { span, id: span.data().span_id, parent: span.data().parent_span_id })
            .collect(),
    };
    let warnings: Vec<Vec<String>> = match raw {
        false => skews(&spans).into_iter().zip(&spans).map(|(skew, span)| warnings(span, skew)).collect(),
        true => vec![Vec::new(); spans.len()],
    };
    let logs = LogPlaces::new(trace, spans.iter().map(|span| span.span));
    let mut processes = Processes::default();
    json.object(|json| {
        json.key("traceID").quoted(legacy_id(trace.id()));
        json.key("spans").array(|json| {
            for (at, (span, warnings)) in spans.iter().zip(&warnings).enumerate() {
                let process = processes.number(span.span);
                put_span(json, span, logs.of(at), process, warnings);
            }
        });
        json.key("processes").object(|json| processes.put(json));
        json.key("warnings").plain("null");
    });
}

// === impl Processes ===

impl<'t> Processes<'t> {
    fn number(&mut self, span: &'t Span) -> usize {
        let source = span.source();
        if let Some(number) = self.numbers.get(&Arc::as_ptr(source)) {
            return *number;
        }
        let known = self.distinct.iter().position(|known| **known == **source);
        let at = known.unwrap_or_else(|| {
            self.distinct.push(source);
            self.distinct.len() - 1
        });
        self.numbers.insert(Arc::as_ptr(source), at + 1);
        at + 1
    }

    fn put(&self, json: &mut Json) {
        for (at, source) in self.distinct.iter().enumerate() {
            json.key(&format!("p{}", at + 1)).object(|json| {
                json.key("serviceName").string(source.service());
                let attributes = source.resource().attributes.iter();
                let tags: Vec<_> = attributes.filter(|attribute| attribute.key != "service.name").collect();
                put_tags(json.key("tags"), tags, &[]);
            });
        }
    }
}

/// What Jaeger's adjusters warn of, in their words.
fn warnings(span: &Identified<'_>, skew: Skew) -> Vec<String> {
    let mut found = Vec::new();
    let (start, end) = (span.span.data().start_unix_nanos, span.span.data().end_unix_nanos);
    if end <= start {
        found.push(format!(
            "Negative duration detected, sanitizing end timestamp. Original end timestamp: {}, adjusted to: {}",
            time_text(end),
            time_text(start.saturating_add(1))
        ));
    }
    match skew {
        Skew::None => {}
        Skew::Shift(nanos) => found.push(format!(
            "clock skew adjustment disabled; not applying calculated delta of {}",
            duration_text(nanos)
        )),
        Skew::DuplicateId => found.push("duplicate span IDs; skipping clock skew adjustment".to_owned()),
        Skew::NoParent => {
            found.push(format!("invalid parent span IDs={}; skipping clock skew adjustment", span.parent))
        }
    }
    found
}
