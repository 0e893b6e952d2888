//! `Frames`: a body whose frames are known beforehand.

use axum::body::Bytes;
use http_body::{Body, Frame};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A body of these frames, which are there at once.
pub(crate) struct Frames<E = Infallible> {
    left: VecDeque<Result<Frame<Bytes>, E>>,
    when_asked: Box<dyn FnMut() + Send>,
    tells_the_end: bool,
}

// === impl Frames ===

impl<E> Frames<E> {
    /// Only who asks for more finds out that there is none.
    pub(crate) fn new(frames: impl IntoIterator<Item = Result<Frame<Bytes>, E>>) -> Self {
        Frames { left: frames.into_iter().collect(), when_asked: Box::new(|| ()), tells_the_end: false }
    }

    /// Calls this whenever a frame is asked for.
    pub(crate) fn when_asked(self, f: impl FnMut() + Send + 'static) -> Self {
        Frames { when_asked: Box::new(f), ..self }
    }

    /// Says so when there are no more, without being asked for one.
    pub(crate) fn telling_the_end(self) -> Self {
        Frames { tells_the_end: true, ..self }
    }
}

impl<E> Unpin for Frames<E> {}

impl<E> Body for Frames<E> {
    type Data = Bytes;
    type Error = E;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, E>>> {
        (self.when_asked)();
        Poll::Ready(self.left.pop_front())
    }

    fn is_end_stream(&self) -> bool {
        self.tells_the_end && self.left.is_empty()
    }
}

/// The next frame of a body.
pub(crate) async fn frame<B: Body + Unpin>(body: &mut B) -> Option<Result<Frame<B::Data>, B::Error>> {
    std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await
}
