//! `Metric`: what a count is called elsewhere. The names are those of OpenTelemetry's semantic conventions for the metrics
//! of SDKs where they have one, else ours.

use crate::export::Signal;

/// A metric; in its texts `*` stands for what is counted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Metric {
    /// `*`: `span` or `log`.
    name: &'static str,
    pub(super) kind: Kind,
    unit: Unit,
    /// `*`: `spans` or `log records`.
    help: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Only goes up.
    Counter,
    /// Goes up and down.
    UpDown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// Spans or log records.
    Records,
    Attempts,
    /// Local traces.
    Traces,
    Bytes,
}

// === impl Metric ===

impl Metric {
    pub(super) fn name(&self, signal: Signal) -> String {
        self.name.replace('*', if signal == Signal::Traces { "span" } else { "log" })
    }

    pub(super) fn help(&self, signal: Signal) -> String {
        self.help.replace('*', signal.plural())
    }

    /// As UCUM writes it.
    pub(super) fn unit(&self, signal: Signal) -> &'static str {
        match (self.unit, signal) {
            (Unit::Records, Signal::Traces) => "{span}",
            (Unit::Records, Signal::Logs) => "{log_record}",
            (Unit::Attempts, _) => "{attempt}",
            (Unit::Traces, _) => "{trace}",
            (Unit::Bytes, _) => "By",
        }
    }

    pub(super) fn is_in_bytes(&self) -> bool {
        self.unit == Unit::Bytes
    }
}

const fn counter(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, unit: Unit::Records, help }
}

const fn level(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::UpDown, unit: Unit::Records, help }
}

// === what spans and log records come to before they reach an exporter ===

pub(super) const STARTED: Metric = counter("otel.sdk.span.started", "Spans that were started.");
pub(super) const LIVE: Metric = level("otel.sdk.span.live", "Spans that are open.");
pub(super) const CREATED: Metric = counter("otel.sdk.log.created", "Events that were to become log records.");
pub(super) const UNSAMPLED: Metric =
    counter("throughline.span.unsampled", "Spans that were closed and not sampled.");
/// Refused: with `error.type`. Handed to an exporter: without.
pub(super) const PROCESSED: Metric = counter(
    "otel.sdk.processor.*.processed",
    "Finished * that an exporter was handed; with error.type: * that were refused.",
);
pub(super) const HELD: Metric =
    level("throughline.*.held", "Closed * that wait for the decision of the tail.");
pub(super) const TAIL_DROPPED: Metric =
    counter("throughline.*.tail_dropped", "Closed * that the tail has dropped, as it was told to.");
pub(super) const FINISHED: Metric =
    counter("throughline.*.finished", "Finished * on their way to every exporter.");
pub(super) const UNFINISHED: Metric =
    counter("throughline.span.unfinished", "Finished spans that were still open at shutdown.");
pub(super) const TRUNCATED: Metric =
    counter("throughline.span.truncated", "Finished spans that lost attributes, events or links to limits.");

// === what becomes of them at an exporter ===

pub(super) const QUEUED: Metric =
    level("otel.sdk.processor.*.queue.size", "Finished * that wait to be exported.");
pub(super) const ADOPTED: Metric =
    counter("throughline.exporter.*.adopted", "Finished * that other processes had left in the spool.");
pub(super) const SPOOLED: Metric = level("throughline.exporter.*.spooled", "Finished * that wait on disk.");
pub(super) const IN_FLIGHT: Metric =
    level("otel.sdk.exporter.*.inflight", "Finished * that are being exported, or wait for another attempt.");
pub(super) const EXPORTED: Metric = counter(
    "otel.sdk.exporter.*.exported",
    "Finished * that were taken by the receiver; with error.type: that were rejected by it, or given up.",
);
pub(super) const RETRIES: Metric = Metric {
    name: "throughline.exporter.*.retries",
    kind: Kind::Counter,
    unit: Unit::Attempts,
    help: "Attempts to export * that were made again.",
};

// === what the tail decides ===

pub(super) const TAIL_WAITING: Metric =
    traces(Kind::UpDown, "throughline.tail.waiting", "Local traces that wait for their decision.");
pub(super) const TAIL_KEPT: Metric =
    traces(Kind::Counter, "throughline.tail.kept", "Local traces that the tail has kept.");
pub(super) const TAIL_TRACES_DROPPED: Metric =
    traces(Kind::Counter, "throughline.tail.dropped", "Local traces that the tail has dropped.");
pub(super) const TAIL_EARLY: Metric =
    traces(Kind::Counter, "throughline.tail.early", "Local traces that were decided before their end.");

const fn traces(kind: Kind, name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind, unit: Unit::Traces, help }
}

// === the rest ===

pub(super) const UNSPOOLED: Metric = counter(
    "throughline.unspooled",
    "Finished spans and log records that lie in memory although there is a spool.",
);
pub(super) const RESTARTS: Metric = Metric {
    name: "throughline.worker.restarts",
    kind: Kind::Counter,
    unit: Unit::Attempts,
    help: "How often the worker was started again after a panic of its own.",
};
pub(super) const MEMORY: Metric = Metric {
    name: "throughline.memory.usage",
    kind: Kind::UpDown,
    unit: Unit::Bytes,
    help: "Memory in use, out of queue_bytes.",
};
