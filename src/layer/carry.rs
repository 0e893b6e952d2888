//! `in_current_span`: the current span, carried to another thread.

use crate::record::registered;
use tracing::Span;
use tracing_core::dispatcher::{self, Dispatch};
use tracing_core::subscriber::NoSubscriber;

/// Wraps a closure that is to run on another thread, so that it runs in the span that is current now.
///
/// The subscriber is carried too, for the case that it is this thread's default only; where there is none now, the
/// other thread's own stays in place. The span is kept open until the closure has run or is dropped. For futures, and for
/// `tokio::spawn`, see [`FutureExt::trace`](crate::FutureExt::trace).
///
/// ```
/// # let _in = tracing::info_span!("request").entered();
/// use throughline::in_current_span;
///
/// let sum = std::thread::spawn(in_current_span(|| {
///     tracing::info!("in the caller's span");
///     1 + 1
/// }));
/// assert_eq!(sum.join().expect("it does not panic"), 2);
/// ```
///
/// The same with tokio and with rayon:
///
/// ```ignore
/// tokio::task::spawn_blocking(in_current_span(|| read(path))).await?;
/// rayon::spawn(in_current_span(move || index(documents)));
/// rayon::join(in_current_span(|| sort(left)), in_current_span(|| sort(right)));
/// ```
pub fn in_current_span<F, R>(f: F) -> impl FnOnce() -> R
where
    F: FnOnce() -> R,
{
    let carried = Carried::from_here();
    move || carried.run(f)
}

/// A span and its thread's default subscriber.
struct Carried {
    dispatch: Option<Dispatch>,
    span: Span,
}

// === impl Carried ===

impl Carried {
    fn from_here() -> Carried {
        let dispatch =
            dispatcher::get_default(|dispatch| (!dispatch.is::<NoSubscriber>()).then(|| dispatch.clone()));
        Carried { dispatch, span: Span::current() }
    }

    fn run<R>(self, f: impl FnOnce() -> R) -> R {
        let dispatch = self.dispatch.clone();
        within(dispatch.as_ref(), move || self.span.in_scope(f))
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        // If this is its last handle, the registry closes the parents through the thread's default.
        let span = std::mem::replace(&mut self.span, Span::none());
        within(self.dispatch.as_ref(), || drop(span));
    }
}

/// Runs `f` with a subscriber as the thread's default. One that is so already is left alone: as long as any thread has
/// a default of its own, `tracing` is slower on all of them.
fn within<R>(dispatch: Option<&Dispatch>, f: impl FnOnce() -> R) -> R {
    match dispatch.filter(|dispatch| !registered::is_default(dispatch)) {
        Some(dispatch) => dispatcher::with_default(dispatch, f),
        None => f(),
    }
}
