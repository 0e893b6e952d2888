//! `Builder`: what a program can say.

use super::transport::Transport;
use crate::clock::Clock;
use crate::context::IdGenerator;
use crate::error::Error;
use crate::export::Exporter;
use crate::guard::Guard;
use crate::layer::Layer;
use crate::propagation::{Format, Propagator};
use crate::record::automatic::Automatic;
use crate::record::{Events, Limits, Redaction, Redactor};
use crate::resource::{Detector, Detectors};
use crate::sampler::Sampler;
use crate::tail::Tail;
use crate::wire::{KeyValue, Value};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Sets a layer up. What is not said here is taken from the environment (`OTEL_*`, `THROUGHLINE_*`), else the default
/// holds.
#[derive(Default)]
#[must_use = "a builder does nothing until build is called"]
pub struct Builder {
    pub(super) resource: Vec<KeyValue>,
    pub(super) detectors: Detectors,
    pub(super) endpoint: Option<String>,
    pub(super) traces_endpoint: Option<String>,
    pub(super) logs_endpoint: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) timeout: Option<Duration>,
    pub(super) gzip: Option<bool>,
    pub(super) transport: Transport,
    pub(super) exporters: Vec<Arc<dyn Exporter>>,
    pub(super) sampler: Option<Sampler>,
    pub(super) tail: Option<Tail>,
    pub(super) spans: Option<String>,
    pub(super) limits: Option<Limits>,
    pub(super) queue_bytes: Option<usize>,
    pub(super) request_bytes: Option<usize>,
    pub(super) request_spans: Option<usize>,
    pub(super) schedule_delay: Option<Duration>,
    pub(super) retry_for: Option<Duration>,
    pub(super) requests_in_flight: Option<usize>,
    pub(super) spool: Option<PathBuf>,
    pub(super) spool_bytes: Option<u64>,
    pub(super) spool_age: Option<Duration>,
    pub(super) retry_waits: Option<(Duration, Duration)>,
    pub(super) scope: Option<(String, String)>,
    pub(super) events: Option<Events>,
    pub(super) logs_per_second: Option<u32>,
    pub(super) redactor: Option<Redactor>,
    pub(super) no_exception_attributes: bool,
    pub(super) no_status_from_events: bool,
    pub(super) automatic: Automatic,
    pub(super) no_random_flag: bool,
    pub(super) panics: bool,
    pub(super) check_usage: Option<bool>,
    pub(super) busy_idle: bool,
    pub(super) formats: Option<Vec<Format>>,
    pub(super) own_propagators: Vec<Arc<dyn Propagator>>,
    pub(super) correlation_headers: Option<Vec<String>>,
    pub(super) send_correlation_header: Option<bool>,
    pub(super) baggage_attributes: Vec<String>,
    pub(super) ids: Option<Arc<dyn IdGenerator>>,
    pub(super) clock: Option<Arc<dyn Clock>>,
}

/// Starts setting a layer up.
pub fn builder() -> Builder {
    Builder::default()
}

// === impl Builder ===

impl Builder {
    /// `service.name`, before `OTEL_SERVICE_NAME`. Default: `unknown_service:<executable>`.
    pub fn service_name(self, name: impl Into<String>) -> Self {
        self.resource_attribute("service.name", name.into())
    }

    /// `service.version`, such as `env!("CARGO_PKG_VERSION")` of the program. Default: none, a library cannot know.
    pub fn service_version(self, version: impl Into<String>) -> Self {
        self.resource_attribute("service.version", version.into())
    }

    /// An attribute of the resource, before `OTEL_RESOURCE_ATTRIBUTES` and what is detected. Of a key that is given
    /// several times the last value counts; an empty one (`None`) leaves the key out, detected or not.
    pub fn resource_attribute(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.resource.push(KeyValue::new(key, value));
        self
    }

    /// Whether to detect a group of attributes of the resource. Default: all groups.
    pub fn detect(mut self, detector: Detector, on: bool) -> Self {
        self.detectors.switch(detector, on);
        self
    }

    /// Name and version of the instrumentation scope of all spans. Default: `throughline` and its version. (The scope of
    /// a log record is the target of its event.)
    pub fn scope(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.scope = Some((name.into(), version.into()));
        self
    }

    /// Base URL of an OTLP/HTTP receiver; `/v1/traces` is appended to its path for spans, `/v1/logs` for log records.
    /// Default: `http://localhost:4318`.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// The whole URL that spans are posted to, used as it stands.
    pub fn traces_endpoint(mut self, url: impl Into<String>) -> Self {
        self.traces_endpoint = Some(url.into());
        self
    }

    /// The whole URL that log records are posted to, used as it stands.
    pub fn logs_endpoint(mut self, url: impl Into<String>) -> Self {
        self.logs_endpoint = Some(url.into());
        self
    }

    /// A header of every request, such as an API key. Its value is never shown. What describes the body (`content-type`,
    /// `content-encoding`, `content-length`, `transfer-encoding`) is not for others to say, and is left out.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// How long one request may take. Default 10 s; zero is no limit.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Compresses requests with gzip. Default: no.
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.gzip = Some(gzip);
        self
    }

    /// Exports to this instead of OTLP/HTTP (as well, if an endpoint is set in code): spans, log records or both, see
    /// [`Exporter::takes`]. May be called several times:
    /// each exporter has its own queue and its own rows in the ledger.
    pub fn exporter(mut self, exporter: impl Exporter) -> Self {
        self.exporters.push(Arc::new(exporter));
        self
    }

    /// Which traces are kept. Default: all, or what the caller of the service decided.
    /// [`Guard::set_sampler`] changes it later.
    pub fn sampler(mut self, sampler: impl Into<Sampler>) -> Self {
        self.sampler = Some(sampler.into());
        self
    }

    /// Which of the traces that the sampler has kept are exported, decided when it is known how they ended. Default: all.
    pub fn tail(mut self, tail: Tail) -> Self {
        self.tail = Some(tail);
        self
    }

    /// Which spans and span events are recorded, as `target=level` directives; `RUST_LOG` does not count here.
    /// Default: `THROUGHLINE_SPANS`, else `info`.
    pub fn spans(mut self, directives: impl Into<String>) -> Self {
        self.spans = Some(directives.into());
        self
    }

    /// What the program's events become. Default: span events; with `OTEL_LOGS_EXPORTER=otlp` log records too.
    pub fn events(mut self, events: Events) -> Self {
        self.events = Some(events);
        self
    }

    /// How many log records one place in the code makes in a second at most; what is over it is counted in
    /// [`RefusedLogs::rate`](crate::RefusedLogs::rate). Default 10,000; 0 is no bound.
    pub fn logs_per_second(mut self, most: u32) -> Self {
        self.logs_per_second = Some(most);
        self
    }

    /// Decides by target and key which of the program's attributes are exported: for secrets and personal data in the
    /// arguments of `#[instrument]` and in fields of events (`message` among them). Default: all.
    ///
    /// What errors and panics give of themselves is asked for too, by the keys `exception.message`, `exception.type`,
    /// `exception.stacktrace` and `error.type`; the description of the status goes with `exception.message`.
    ///
    /// It is called once for each key of a callsite, so it must always say the same of a key; and once for each
    /// attribute set by hand. If it panics, the attribute is dropped. What it logs itself is not recorded.
    ///
    /// Records of the `log` crate are asked for under the target `log`.
    ///
    /// The lines that other layers write, such as those of `tracing_subscriber::fmt`, are not changed by it.
    ///
    /// ```
    /// use throughline::Redaction;
    ///
    /// let builder = throughline::builder().attributes(|_target, key| match key {
    ///     "password" | "token" => Redaction::Drop,
    ///     "user.email" => Redaction::Hash,
    ///     _ => Redaction::Keep,
    /// });
    /// # drop(builder);
    /// ```
    pub fn attributes(mut self, decide: impl Fn(&str, &str) -> Redaction + Send + Sync + 'static) -> Self {
        self.redactor = Some(Redactor::new(decide));
        self
    }

    /// Whether an error in an event also sets `exception.*` on its span. Default: yes.
    pub fn exception_attributes(mut self, on: bool) -> Self {
        self.no_exception_attributes = !on;
        self
    }

    /// Whether an event at ERROR, or one that is an error, sets the status of its span. Default: yes.
    pub fn status_from_events(mut self, on: bool) -> Self {
        self.no_status_from_events = !on;
        self
    }

    /// How much one span may carry.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// The bound of all memory that spans take until they are delivered, in bytes. Over it the newest span is
    /// refused and counted. Default 32 MiB; at least 64 KiB.
    ///
    /// Where there are several queues (one for each exporter, and one for its log records) each may hold half of it: over that
    /// its newest batch is dropped and counted ([`Dropped::queue`](crate::Dropped::queue)), and the others go on. With a
    /// spool (`Builder::spool`) the oldest goes to disk instead.
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.queue_bytes = Some(bytes);
        self
    }

    /// A request is sent at so many bytes. Default 1 MiB; at least 1 KiB. A single larger span is sent alone.
    pub fn request_bytes(mut self, bytes: usize) -> Self {
        self.request_bytes = Some(bytes);
        self
    }

    /// A request never has more spans than this. Default: no limit but the bytes.
    pub fn request_spans(mut self, spans: usize) -> Self {
        self.request_spans = Some(spans);
        self
    }

    /// How long a finished span, or log record, waits at most before it is sent. Default 5 s, of log records 1 s; zero wakes the worker at every close.
    pub fn schedule_delay(mut self, delay: Duration) -> Self {
        self.schedule_delay = Some(delay);
        self
    }

    /// How long a batch is sent again before it is dropped. Default 60 s. What lies in a spool is sent again for as long as
    /// `Builder::spool_age` says.
    pub fn retry_for(mut self, time: Duration) -> Self {
        self.retry_for = Some(time);
        self
    }

    /// How many requests of one exporter and signal are under way at once. Default 1; 0 is 1. More deliver faster where answers
    /// take long; batches may then overtake each other.
    pub fn requests_in_flight(mut self, most: usize) -> Self {
        self.requests_in_flight = Some(most);
        self
    }

    /// How long the first wait between two attempts at a batch takes, and the longest, to which they grow by half each
    /// time; up to half of each is added at random. What a receiver asks for (`Retry-After`) is never cut short. Default
    /// 500 ms and 15 s; at least a millisecond, at most a day.
    pub fn retry_waits(mut self, first: Duration, longest: Duration) -> Self {
        self.retry_waits = Some((first, longest));
        self
    }

    /// `code.file.path`, `code.module.name`, `code.line.number`. Default: on.
    pub fn code_attributes(mut self, on: bool) -> Self {
        self.automatic.code = on;
        self
    }

    /// `code.function.name`: the name of the callsite. Default: off.
    pub fn function_attribute(mut self, on: bool) -> Self {
        self.automatic.function = on;
        self
    }

    /// `thread.id`, `thread.name`. Default: on.
    pub fn thread_attributes(mut self, on: bool) -> Self {
        self.automatic.thread = on;
        self
    }

    /// `target`, of spans and of events. Default: on.
    pub fn target_attribute(mut self, on: bool) -> Self {
        self.automatic.target = on;
        self
    }

    /// `level` of spans. Default: off. Events always have theirs.
    pub fn level_attribute(mut self, on: bool) -> Self {
        self.automatic.level = on;
        self
    }

    /// `busy_ns`, `idle_ns`: how long the span was entered (threads that are in it at once add up; a thread that is in
    /// it twice counts once), and the rest of the time between its start and its end, both integers in nanoseconds. A
    /// field of the same name wins. Default: off, since it costs a reading of the clock at each enter.
    pub fn busy_idle_attributes(mut self, on: bool) -> Self {
        self.busy_idle = on;
        self
    }

    /// Tells the spans that a thread is in when it panics. Default: off.
    ///
    /// All of them get the status Error with the panic's message, unless they were set to Ok, which is final; the innermost
    /// also gets an event `exception` with `exception.type` = `panic`, `exception.message`, and `exception.stacktrace`: the
    /// place, `file:line:column`, and the backtrace where `RUST_BACKTRACE` or `RUST_LIB_BACKTRACE` asks for one. A message
    /// or backtrace is cut at 16,384 characters.
    ///
    /// This puts a panic hook before the one that the process has, once, for good and for every thread; a hook that is
    /// set later and does not call the one before it takes its place. The hook is called when a panic begins: also for one
    /// that `catch_unwind` (or a runtime, around a task) catches later, and never for `resume_unwind`. Where
    /// panics abort, nothing of the spans that are open is delivered, this included. Only layers that ask take part. A
    /// [`clock`](Self::clock) of the program's own is not called in the hook: the event has the time that it last gave to
    /// that thread.
    pub fn record_panics(mut self, on: bool) -> Self {
        self.panics = on;
        self
    }

    /// Looks for spans that are not left in the order in which they were entered, or not on the thread: the sign of a
    /// guard (`span.enter()`, `span.entered()`) that is held across an `.await`. Told as a warning on target `throughline`, once
    /// for each callsite. Default: on where throughline itself is built with debug assertions.
    ///
    /// It costs nothing as long as spans are left in order. A guard that stays the only one on its thread is not noticed,
    /// and guards that are dropped out of order in plain code are told of too.
    pub fn check_usage(mut self, on: bool) -> Self {
        self.check_usage = Some(on);
        self
    }

    /// The W3C random flag on traces begun here. Default: on. Some receivers refuse flags `03`.
    pub fn random_flag(mut self, on: bool) -> Self {
        self.no_random_flag = !on;
        self
    }

    /// Where ids come from. Default: random, seeded by the operating system.
    pub fn id_generator(mut self, ids: impl IdGenerator) -> Self {
        self.ids = Some(Arc::new(ids));
        self
    }

    /// Where times come from. Default: the wall clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Starts the worker, and makes the layer that records and the guard that delivers.
    ///
    /// # Errors
    ///
    /// [config](Error::is_config), naming the argument or the variable that cannot be used.
    pub fn build(self) -> Result<(Layer, Guard), Error> {
        let built = super::resolve::build(self, crate::env::Env::of_process())?;
        built.herald.iter().for_each(|herald| herald.speak(true));
        Ok((built.layer, built.guard))
    }
}
