//! Futures: spans across `.await`, spawned tasks, `Instrument`.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::oneshot;
use tokio::task::yield_now;
use tracing::{Instrument, Span, info, info_span, instrument};

use crate::hand::Hand;
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    task_instrumented,
    task_across_awaits,
    task_nested,
    task_spawned_with_a_span,
    task_spawned_in_current_span,
    task_outlives_its_parent,
    task_two_at_once,
    task_dropped_halfway,
    task_instrument_fn,
    task_instrument_fn_nested,
    task_boxed,
    task_event_between_polls,
];

/// Runs a future, and the tasks that it spawns, on this thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn task_instrumented(_: &dyn Hand) {
    block_on(async { info!("inside") }.instrument(info_span!("work")));
}

fn task_across_awaits(_: &dyn Hand) {
    let work = async {
        for step in 0..3 {
            info!(step, "before");
            yield_now().await;
            info_span!("step", step).in_scope(|| {});
        }
    };
    block_on(work.instrument(info_span!("work")));
}

fn task_nested(_: &dyn Hand) {
    let work = async {
        yield_now().await;
        async { yield_now().await }.instrument(info_span!("inner")).await;
        yield_now().await;
    };
    block_on(work.instrument(info_span!("outer")));
}

fn task_spawned_with_a_span(_: &dyn Hand) {
    block_on(
        async {
            let work = async { info!("spawned") }.instrument(info_span!("task"));
            tokio::spawn(work).await.expect("it does not panic");
        }
        .instrument(info_span!("parent")),
    );
}

fn task_spawned_in_current_span(_: &dyn Hand) {
    block_on(
        async {
            let work = async { info_span!("child").in_scope(|| {}) }.in_current_span();
            tokio::spawn(work).await.expect("it does not panic");
        }
        .instrument(info_span!("parent")),
    );
}

fn task_outlives_its_parent(_: &dyn Hand) {
    block_on(async {
        let (sender, receiver) = oneshot::channel::<()>();
        let parent = info_span!("parent");
        let task = parent.in_scope(|| {
            let work = receiver.instrument(info_span!("task"));
            tokio::spawn(work)
        });
        drop(parent);
        info_span!("meanwhile").in_scope(|| {});
        sender.send(()).expect("the task waits");
        task.await.expect("it does not panic").expect("it was told");
    });
}

fn task_two_at_once(_: &dyn Hand) {
    async fn steps(name: &'static str) {
        for step in 0..2 {
            info!(name, step, "step");
            yield_now().await;
        }
    }
    block_on(async {
        let left = tokio::spawn(steps("left").instrument(info_span!("left")));
        let right = tokio::spawn(steps("right").instrument(info_span!("right")));
        left.await.expect("it does not panic");
        right.await.expect("it does not panic");
    });
}

fn task_dropped_halfway(_: &dyn Hand) {
    block_on(async {
        let work = async {
            info!("begun");
            std::future::pending::<()>().await;
        };
        let task = tokio::spawn(work.instrument(info_span!("cancelled")));
        yield_now().await;
        task.abort();
        assert!(task.await.is_err());
        info_span!("afterwards").in_scope(|| {});
    });
}

fn task_instrument_fn(_: &dyn Hand) {
    #[instrument]
    async fn load(id: u32) -> u32 {
        yield_now().await;
        info!("loaded");
        id
    }
    block_on(load(7));
}

fn task_instrument_fn_nested(_: &dyn Hand) {
    #[instrument]
    async fn outer() {
        inner(1).await;
        inner(2).await;
    }
    #[instrument]
    async fn inner(index: i32) {
        yield_now().await;
        info_span!("leaf", index).in_scope(|| {});
    }
    block_on(outer());
}

fn task_boxed(_: &dyn Hand) {
    trait Store {
        fn get(&self, key: u32) -> Pin<Box<dyn Future<Output = u32> + Send + '_>>;
    }
    struct Memory;
    impl Store for Memory {
        #[instrument(skip(self))]
        fn get(&self, key: u32) -> Pin<Box<dyn Future<Output = u32> + Send + '_>> {
            Box::pin(async move {
                yield_now().await;
                info!("got");
                key
            })
        }
    }
    block_on(async { Memory.get(7).await });
}

fn task_event_between_polls(_: &dyn Hand) {
    block_on(async {
        let span = info_span!("work");
        let task = tokio::spawn(async { yield_now().await }.instrument(span.clone()));
        yield_now().await;
        info!(parent: &span, "from outside");
        info_span!(parent: &span, "child from outside").in_scope(|| {});
        assert!(Span::current().is_none());
        task.await.expect("it does not panic");
    });
}
