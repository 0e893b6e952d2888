//! Captures of futures.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use throughline::testing::{Capture, assert_tree, capture_async};
use throughline::{SpanExt, current_context};
use tracing::instrument::WithSubscriber;
use tracing::{Instrument, Span, info, info_span, instrument};

#[instrument]
async fn part(number: usize) {
    for step in 0..20 {
        tokio::task::yield_now().await;
        info!(step);
    }
}

fn runtime(threads: usize) -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(threads).build().expect("a runtime")
}

#[test]
fn futures_that_move_between_threads_are_captured_whole_each_in_its_own_capture() {
    const CAPTURES: usize = 40;
    runtime(4).block_on(async {
        let capture = |n: usize| async move {
            let trace = capture_async(async move {
                let whole = info_span!("whole", n);
                async {
                    tokio::join!(part(1), part(2));
                    let context = current_context();
                    let task = async move { assert_eq!(current_context().trace_id(), context.trace_id()) };
                    let task = async {
                        part(3).await;
                        task.await
                    }
                    .in_current_span();
                    tokio::spawn(task.with_current_subscriber()).await.expect("no panic");
                }
                .instrument(whole)
                .await;
            });
            (n, trace.await)
        };
        let tasks: Vec<_> = (0..CAPTURES).map(|n| tokio::spawn(capture(n))).collect();
        for task in tasks {
            let (n, trace) = task.await.expect("no panic");
            let whole = trace.span("whole");
            assert_eq!(whole.attr("n"), n);
            let parts = whole.children();
            assert_eq!((parts.len(), trace.spans().len()), (3, 4), "{trace}");
            for (number, part) in parts.iter().enumerate() {
                assert_eq!(part.attr("number"), number + 1);
                let steps: Vec<_> = part.events().iter().map(|event| event.attr("step").clone()).collect();
                assert_eq!(steps, (0..20).map(throughline::wire::Value::from).collect::<Vec<_>>());
            }
        }
    });
}

#[test]
fn a_task_belongs_to_the_capture_that_it_is_run_in() {
    runtime(2).block_on(async {
        let capture = Capture::new();
        let inside = tokio::spawn(capture.run_async(part(1)));
        let outside = tokio::spawn(part(2));
        inside.await.expect("no panic");
        outside.await.expect("no panic");
        let trace = capture.finish();
        assert_eq!(trace.spans().len(), 1, "{trace}");
        assert_eq!(trace.span("part").attr("number"), 1);
    });
}

#[test]
fn a_capture_needs_no_runtime() {
    let mut future = pin!(capture_async(async {
        let span = info_span!("polled");
        let mut left = 3;
        poll_fn(|_| {
            left -= 1;
            span.in_scope(|| info!(left, "poll"));
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }));
    let mut context = Context::from_waker(Waker::noop());
    let trace = loop {
        // In between, the thread is not in the capture.
        assert!(!info_span!("outside").context().is_valid());
        if let Poll::Ready(trace) = future.as_mut().poll(&mut context) {
            break trace;
        }
    };
    assert_tree!(
        trace,
        "
        polled
          * poll level=INFO left=2
          * poll level=INFO left=1
          * poll level=INFO left=0
        "
    );
}

#[test]
fn a_future_that_is_dropped_halfway_closes_its_spans_in_the_capture() {
    let capture = Capture::new();
    let mut future = Box::pin(capture.run_async(async {
        let parent = info_span!("parent");
        let _child = parent.in_scope(|| info_span!("child"));
        drop(parent);
        std::future::pending::<()>().await;
    }));
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(future);
    assert_tree!(capture.finish(), "parent\n  child");
}

#[tokio::test]
async fn an_async_test_may_capture() {
    let capture = Capture::new();
    let seen = capture
        .run_async(async {
            part(1).await;
            Span::current().is_disabled()
        })
        .await;
    assert!(seen, "a future is not left in the span of another");
    assert_eq!(capture.finish().span("part").events().len(), 20);
}
