//! Tests of a program's own instrumentation: capture what a piece of work records, and compare it with a picture.
//!
//! ```
//! use throughline::testing::{assert_tree, capture};
//! use tracing::{error, info, instrument};
//!
//! #[instrument(fields(otel.kind = "server"))]
//! fn checkout(order: u64) {
//!     charge(12.5);
//!     error!("declined");
//! }
//!
//! #[instrument]
//! fn charge(amount: f64) {
//!     info!(retries = 2, "charging");
//! }
//!
//! // In a #[test]:
//! let trace = capture(|| checkout(7));
//! assert_tree!(
//!     trace,
//!     "
//!     checkout kind=server status=error order=7
//!       * declined level=ERROR
//!       charge amount=12.5
//!         * charging level=INFO retries=2
//!     "
//! );
//! ```
//!
//! Start with an empty picture: the failure shows the right one, to be read and pasted. Where a whole picture says too
//! much, ask for what matters:
//!
//! ```
//! # use throughline::testing::capture;
//! # let trace = capture(|| tracing::info_span!("charge", amount = 12.5).in_scope(|| tracing::info!("charging")));
//! let charge = trace.span("charge"); // fails with the picture if there is none, or more than one
//! assert_eq!(charge.attr("amount"), 12.5);
//! assert_eq!(charge.event("charging").attr("level"), "INFO");
//! assert!(charge.is_root());
//! ```
//!
//! # Isolation
//!
//! A capture is a subscriber of its own, the default for the time and on the thread of its work: tests may run at the
//! same time, in one process or in many, beside a global subscriber or inside another capture, and each sees its own
//! spans, all of them. No variable of the environment is read, no thread is started, nothing is sent.
//!
//! Work on another thread or in a spawned task is under that thread's subscriber, so it must be told:
//!
//! ```
//! use throughline::testing::{assert_tree, capture, capture_async};
//! use tracing::dispatcher::{get_default, with_default};
//! use tracing::{Dispatch, Instrument, info_span, instrument::WithSubscriber};
//!
//! let trace = capture(|| {
//!     let fan_out = info_span!("fan out");
//!     let dispatch = get_default(Dispatch::clone);
//!     std::thread::scope(|scope| {
//!         scope.spawn(|| with_default(&dispatch, || drop(info_span!(parent: &fan_out, "part"))));
//!     });
//! });
//! assert_tree!(trace, "fan out\n  part");
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let trace = capture_async(async {
//!     let task = async {}.instrument(info_span!("task"));
//!     tokio::spawn(task.with_current_subscriber()).await.unwrap();
//! });
//! assert_tree!(trace.await, "task");
//! # });
//! ```
//!
//! For a sampler, limits, a filter, other layers, or work in several steps there is [`Capture`]. By default spans and
//! events of all levels are captured, those of libraries too: [`Builder::spans`](crate::Builder::spans) narrows it.
//!
//! # The picture
//!
//! ```text
//! line   = span | event                         a child is two blanks to the right of its parent, and so are the
//!                                               events of a span, which come before its children
//! span   = name [kind=KIND] [status=ok | status=error | status=error("description")]
//!          [parent=remote | parent=other] {link=LINK} {key=value}
//!          [dropped_attributes=N] [dropped_events=N] [dropped_links=N] ["(unfinished)"]
//! event  = "* " name {key=value} [dropped_attributes=N]
//! LINK   = (name | name#N | remote | other) ["{" key=value ... "}"]
//! value  = 7 | 12.5 | true | text | "quoted text" | [value, ...] | {key=value, ...} | 0x01ff | null | _
//! ```
//!
//! * Spans are in the order in which they were started, events in the order in which they happened, attributes in the
//!   order in which they were recorded. [`Trace::sorted`] is for work whose order is left to chance.
//! * Ids and times are not shown; a link names the span that it leads to, with its number down the picture if the name
//!   is there more than once. `remote` came in a header, `other` is of this process and not of this capture.
//! * The name of an event is its message, of one without a message `event`.
//! * An internal kind and an unset status are not shown, nor is `tracestate`.
//! * Quotes are there only where something could be misread: a text that looks like a number, a value with blanks, a key
//!   that the line needs for itself. What is in them is escaped as in Rust. `12.0` is a double, `12` an integer.
//! * `_` stands where [`Trace::mask`] hides a value. `(unfinished)`: the span was still open at the end of the capture.
//! * `code.*`, `thread.*` and `target`, which change with every edit, are not captured unless [`Capture::with`] says so.

// * `capture`: a subscriber whose spans stay here; `scoped`, `numbered`: its futures, its span ids
// * `trace`, `captured_span`, `compare`: what a test asks
// * `picture`, `text`: what it looks like; `assert_tree`, `diff`: what it should look like
mod assert_tree;
mod capture;
mod captured_span;
mod compare;
mod diff;
mod numbered;
mod picture;
mod scoped;
pub(crate) mod text;
mod trace;

pub use crate::assert_tree;
pub use assert_tree::assert_picture;
pub use capture::{Capture, capture, capture_async};
use captured_span::one_named;
pub use captured_span::{CapturedEvent, CapturedSpan};
pub use trace::Trace;
