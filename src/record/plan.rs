//! `Plan`: what is worked out once for each callsite, so that a span or an event only copies it.

use super::automatic::{Automatic, Block};
use super::derived::{Derived, KEYS};
use super::log_plan::LogPlan;
use super::origin::{is_of_log_crate, is_origin_field};
use super::plans::Settings;
use super::redaction::{Redaction, digest};
use crate::context::correlation_id;
use crate::wire::{Key, put_string_field};
use std::borrow::Cow;
use tracing_core::Metadata;

/// Fields of `Span` and `Event` that a plan writes.
const SPAN_NAME: u32 = 5;
const EVENT_NAME: u32 = 2;
/// The `attributes` field of `Span` and of `Event`.
pub(crate) const SPAN_ATTRIBUTES: u32 = 9;
pub(crate) const EVENT_ATTRIBUTES: u32 = 3;

/// What the recorder knows of a callsite. Made once, never freed: callsites live as long as the program, and
/// recorders with the same settings share their plans.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) metadata: &'static Metadata<'static>,
    /// Whether anything is made of it.
    pub(crate) enabled: bool,
    /// Whether the spans' own filter lets it through.
    pub(crate) wanted: bool,
    /// It is an event for the flight recorder.
    pub(crate) verbose: bool,
    pub(crate) fields: Box<[FieldPlan]>,
    /// What becomes of the attributes that errors make, in the order of [`KEYS`].
    derived: [Redaction; KEYS.len()],
    /// Those of them that are fields of its own.
    pub(crate) declared: Derived,
    /// There is a field for the correlation id.
    pub(crate) declares_correlation_id: bool,
    /// Of an event: the automatic attributes before its fields.
    pub(crate) head: Block,
    /// The `name` field (of the span, or of an event without a message), then automatic attributes: all of a span's;
    /// of an event's those after its fields.
    pub(crate) tail: Block,
    /// Of an event, where events become log records.
    pub(crate) log: Option<LogPlan>,
    /// The callsite stands for all records of the `log` crate at its level, which have an origin of their own.
    pub(crate) of_log_crate: bool,
}

/// What the recorder knows of a field.
#[derive(Debug)]
pub(crate) struct FieldPlan {
    pub(crate) key: Key,
    pub(crate) role: Role,
    /// Whether the key may be there already by other means than this field (it is automatic, or declared twice,
    /// or past the 64th field): it must be looked for, a bit does not tell.
    pub(crate) search: bool,
    pub(crate) redaction: Redaction,
}

/// What a field means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Attribute,
    /// `otel.name` of a span.
    Name,
    /// `otel.kind` of a span.
    Kind,
    /// `otel.status_code` of a span.
    StatusCode,
    /// `otel.status_description` or `otel.status_message` of a span.
    StatusDescription,
    /// `message` of an event.
    Message,
    /// `error` of an event.
    Error,
    /// Where a record of the `log` crate comes from.
    Origin,
}

/// Fields whose presence fits in the bits of one number.
pub(crate) const COUNTED_BY_BIT: usize = 64;

// === impl Plan ===

impl Plan {
    /// Asks the program what to redact: not to be called under a lock.
    pub(crate) fn new(metadata: &'static Metadata<'static>, settings: &Settings) -> Plan {
        let (span, automatic) = (metadata.is_span(), &settings.automatic);
        let of_log_crate = is_of_log_crate(metadata);
        // Of a record of the `log` crate the filter is asked with its own target.
        let wanted = settings.filter.would_enable(metadata.target(), metadata.level());
        let verbose = !span && settings.is_verbose(metadata.target(), metadata.level());
        let enabled = of_log_crate || wanted || verbose;
        let keys: Vec<_> = metadata.fields().iter().map(|field| field.name()).collect();
        let fields = keys.iter().enumerate().map(|(index, key)| FieldPlan {
            role: if of_log_crate && is_origin_field(key) { Role::Origin } else { Role::of(key, span) },
            redaction: settings.redaction_of(metadata.target(), key),
            ..FieldPlan::new(&keys, index, key, span)
        });
        let fields = fields.collect();
        let mut name = Vec::new();
        put_string_field(&mut name, if span { SPAN_NAME } else { EVENT_NAME }, metadata.name());
        let (head, tail) = match span {
            true => (Block::default(), automatic.of_span(metadata, &keys)),
            false => automatic.of_event(metadata, &keys),
        };
        let verbose_too = verbose || of_log_crate && settings.flight_recorder.is_some();
        let log = (!span && (settings.logs || verbose_too)).then(|| LogPlan::new(metadata));
        let declared = keys.iter().copied().collect();
        let derived = KEYS.map(|key| settings.redaction_of(metadata.target(), key));
        Plan {
            metadata,
            enabled,
            wanted,
            verbose,
            fields,
            derived,
            declared,
            declares_correlation_id: keys.contains(&correlation_id::KEY),
            head,
            tail: tail.after(&name),
            log,
            of_log_crate,
        }
    }

    /// A value that an error gives to one of these attributes, as the program lets it be exported.
    pub(crate) fn derived<'v>(&self, key: &str, value: &'v str) -> Option<Cow<'v, str>> {
        let at = KEYS.iter().position(|derived| *derived == key);
        match at.map_or(Redaction::Keep, |at| self.derived[at]) {
            Redaction::Keep => Some(Cow::Borrowed(value)),
            Redaction::Drop => None,
            Redaction::Hash => Some(Cow::Owned(digest(value.as_bytes()))),
        }
    }
}

// === impl FieldPlan ===

impl FieldPlan {
    fn new(keys: &[&'static str], index: usize, key: &'static str, span: bool) -> FieldPlan {
        let twice = keys.iter().filter(|other| **other == key).count() > 1;
        let search =
            index >= COUNTED_BY_BIT || twice || Automatic::is_of_thread(key) || key.starts_with("exception.");
        let field = if span { SPAN_ATTRIBUTES } else { EVENT_ATTRIBUTES };
        let redaction = Redaction::default();
        FieldPlan { key: Key::new(field, key), role: Role::of(key, span), search, redaction }
    }
}

// === impl Role ===

impl Role {
    pub(crate) fn of(key: &str, span: bool) -> Role {
        match (span, key) {
            (true, "otel.name") => Role::Name,
            (true, "otel.kind") => Role::Kind,
            (true, "otel.status_code") => Role::StatusCode,
            (true, "otel.status_description" | "otel.status_message") => Role::StatusDescription,
            (false, "message") => Role::Message,
            (false, "error") => Role::Error,
            _ => Role::Attribute,
        }
    }
}
