//! `Capture`: a subscriber of one's own whose spans stay here. [`Trace`] is what it gives.

use super::Trace;
use super::numbered::Numbered;
use super::scoped::Scoped;
use crate::builder::{Builder, builder, unattended};
use crate::export::{Batch, Signal};
use crate::layer::Layer;
use crate::record::Recorder;
use crate::record::local;
use std::fmt;
use std::sync::{Arc, LazyLock};
use tracing_core::Dispatch;
use tracing_core::dispatcher::with_default;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

/// A subscriber that wants nothing and stays for ever.
///
/// While `tracing` knows of one subscriber only, it asks for the interest in a new callsite the thread that comes by
/// first; if that one is under no subscriber, the answer is "never", for all threads. With a second one known it asks
/// them all. (A thread that has begun to ask before the first capture of a process, and is held up right there until
/// after it, still answers for all.)
static COMPANION: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(registry().with(LevelFilter::OFF)));

/// Runs `work` under a subscriber of its own, and gives the spans that it made, of every level.
///
/// What `work` returns is dropped before the capture ends; to keep it, use a [`Capture`].
///
/// ```
/// let trace = throughline::testing::capture(|| {
///     tracing::info_span!("charge", amount = 12.5).in_scope(|| tracing::info!("charging"));
/// });
/// assert_eq!(trace.span("charge").attr("amount"), 12.5);
/// ```
///
/// # Panics
///
/// As `work` does; and as [`Capture::finish`].
#[track_caller]
pub fn capture<R>(work: impl FnOnce() -> R) -> Trace {
    let capture = Capture::new();
    capture.run(|| drop(work()));
    capture.finish()
}

/// As [`capture`], for a future, on any executor. The future may move between threads; tasks that it spawns belong to
/// the capture if they are told so, by [`Capture::run_async`] or `tracing`'s `with_current_subscriber`.
///
/// What is done before the first poll is outside, such as making the span in `work().instrument(info_span!("work"))`:
/// put such an expression into an `async` block.
///
/// ```
/// #[tracing::instrument]
/// async fn charge(amount: f64) {}
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let trace = throughline::testing::capture_async(charge(12.5)).await;
/// assert_eq!(trace.span("charge").attr("amount"), 12.5);
/// # });
/// ```
///
/// # Panics
///
/// As the future does; and as [`Capture::finish`].
pub async fn capture_async<F: Future>(future: F) -> Trace {
    let capture = Capture::new();
    capture.run_async(async { drop(future.await) }).await;
    capture.finish()
}

/// A capture with settings of its own, in several steps or on several threads.
///
/// It begins when it is made and ends with [`finish`](Capture::finish). Spans belong to it that are made under its
/// subscriber, whichever thread that is on. Nothing of the process changes: there is no worker, no network, and no
/// environment variable is read.
///
/// ```
/// use throughline::testing::Capture;
///
/// let capture = Capture::new();
/// let sum = capture.run(|| tracing::info_span!("add").in_scope(|| 1 + 2));
/// let trace = capture.finish();
/// assert_eq!((sum, trace.spans().len()), (3, 1));
/// ```
#[must_use = "a capture gives its trace to whoever finishes it"]
pub struct Capture {
    recorder: Arc<Recorder>,
    dispatch: Dispatch,
    numbered: Numbered,
}

// === impl Capture ===

impl Capture {
    /// A capture of spans and events of every level.
    pub fn new() -> Capture {
        Capture::with(|builder| builder)
    }

    /// A capture with settings: sampler, limits, filter, clock. Unless they say otherwise, every level is recorded, and
    /// `code.*`, `thread.*` and `target` are left out; all else is as in a program. What concerns delivery has no
    /// effect.
    ///
    /// ```
    /// use throughline::testing::Capture;
    ///
    /// let capture = Capture::with(|builder| builder.spans("info").target_attribute(true));
    /// capture.run(|| drop((tracing::info_span!("seen"), tracing::debug_span!("not seen"))));
    /// let trace = capture.finish();
    /// assert_eq!(trace.spans().len(), 1);
    /// assert_eq!(trace.span("seen").attr("target"), module_path!());
    /// ```
    ///
    /// # Panics
    ///
    /// If a setting cannot be used.
    #[track_caller]
    pub fn with(settings: impl FnOnce(Builder) -> Builder) -> Capture {
        Capture::in_subscriber(settings, |layer| registry().with(layer))
    }

    /// A capture in a subscriber that has other layers too, or filters. `subscriber` gets the layer that captures.
    ///
    /// ```
    /// use throughline::testing::Capture;
    /// use tracing_subscriber::{fmt, prelude::*, registry};
    ///
    /// let lines = fmt::layer().with_test_writer();
    /// let capture = Capture::in_subscriber(|builder| builder, |layer| registry().with(lines).with(layer));
    /// # drop(capture);
    /// ```
    ///
    /// # Panics
    ///
    /// If a setting cannot be used.
    #[track_caller]
    pub fn in_subscriber<S: Into<Dispatch>>(
        settings: impl FnOnce(Builder) -> Builder,
        subscriber: impl FnOnce(Layer) -> S,
    ) -> Capture {
        LazyLock::force(&COMPANION);
        let numbered = Numbered::new();
        let bare = builder().code_attributes(false).thread_attributes(false).target_attribute(false);
        let layer = match unattended(settings(bare.spans("trace").id_generator(numbered.clone()))) {
            Ok(layer) => layer,
            Err(error) => panic!("{error}"),
        };
        let recorder = Arc::clone(layer.recorder());
        Capture { recorder, dispatch: subscriber(layer).into(), numbered }
    }

    /// Runs `work` as a part of the capture, and returns what it returns.
    pub fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        with_default(&self.dispatch, work)
    }

    /// The future as a part of the capture, wherever it is polled. What is done before its first poll is not.
    ///
    /// ```
    /// use throughline::testing::{Capture, assert_tree};
    ///
    /// #[tracing::instrument]
    /// async fn task() {}
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let capture = Capture::new();
    /// tokio::spawn(capture.run_async(task())).await.unwrap();
    /// assert_tree!(capture.finish(), "task");
    /// # });
    /// ```
    pub fn run_async<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        Scoped::new(self.dispatch.clone(), future)
    }

    /// The capture's subscriber, to be made the default where else its work is done. Within [`run`](Capture::run),
    /// `tracing::dispatcher::get_default` has it as well.
    ///
    /// ```
    /// use throughline::testing::Capture;
    /// use tracing::{dispatcher::with_default, info_span};
    ///
    /// let capture = Capture::new();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| with_default(&capture.dispatch(), || drop(info_span!("on another thread"))));
    /// });
    /// assert_eq!(capture.finish().spans().len(), 1);
    /// ```
    #[must_use]
    pub fn dispatch(&self) -> Dispatch {
        self.dispatch.clone()
    }

    /// Ends the capture. Spans that are still open are in the trace as they are, marked unfinished; what happens to
    /// them, or is begun, from now on is not.
    ///
    /// # Panics
    ///
    /// If there were spans that could not be captured: more than [`Builder::queue_bytes`] hold, 32 MiB by default, or
    /// spans of a subscriber that gives an id to two spans at once.
    #[track_caller]
    #[must_use]
    pub fn finish(self) -> Trace {
        let recorder = &self.recorder;
        recorder.close_down();
        recorder.finish_open(local::with(|local| recorder.now(local)).unwrap_or_default());
        let mut segments = Vec::new();
        recorder.collect(Signal::Traces, &mut segments);
        let (counts, _) = recorder.counts();
        let lost = counts.refused_memory + counts.lost_ids;
        assert!(lost == 0, "{lost} spans could not be captured: raise queue_bytes, or capture less");
        let batch = Batch::new(Signal::Traces, segments);
        let mut spans: Vec<_> = batch
            .spans()
            .map(|span| (span.to_data().expect("our own frames decode"), span.is_unfinished()))
            .collect();
        spans.sort_by_key(|(span, _)| span.start_unix_nanos);
        if spans.iter().all(|(span, _)| self.numbered.made(span.span_id)) {
            spans.sort_by_key(|(span, _)| span.span_id);
        }
        Trace::new(spans)
    }
}

impl Default for Capture {
    fn default() -> Self {
        Capture::new()
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").finish_non_exhaustive()
    }
}
