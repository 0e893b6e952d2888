//! `Doctor`: knows the endpoints, and checks them when asked.

use super::check::check;
use super::report::Report;
use crate::export::{Http, Signal};
use crate::record::local::{self, Local};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;
use tokio::runtime::Builder;

/// The steps of a check end by themselves before that.
const LONGEST: Duration = Duration::from_secs(20);
const NAME: &str = "throughline-check";

/// The endpoints of a layer.
#[derive(Clone, Default)]
pub(crate) struct Doctor {
    pub(super) endpoints: Vec<(Signal, Arc<Http>)>,
    /// Why there is nothing to check.
    nothing: Option<&'static str>,
}

// === impl Doctor ===

impl Doctor {
    pub(crate) fn new(endpoints: Vec<(Signal, Arc<Http>)>) -> Self {
        let nothing = endpoints.is_empty().then_some("nothing is sent over OTLP: there is nothing to check");
        Doctor { endpoints, nothing }
    }

    /// Of a layer that records nothing.
    pub(crate) fn disabled() -> Self {
        Doctor { nothing: Some("nothing is recorded: OTEL_SDK_DISABLED is true"), ..Doctor::default() }
    }

    /// Checks all endpoints, on a thread, a runtime and connections of its own: it works when the worker does not.
    pub(crate) fn check(&self) -> Report {
        let (sender, receiver) = sync_channel(1);
        self.start(move |report| drop(sender.send(report)));
        match receiver.recv_timeout(LONGEST) {
            Ok(report) => report,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Report::unfinished(),
        }
    }

    /// As `check`, on any executor.
    pub(crate) async fn check_async(&self) -> Report {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        self.start(move |report| drop(sender.send(report)));
        receiver.await.unwrap_or_else(|_| Report::unfinished())
    }

    /// Where it cannot even be started, `answer` is dropped.
    fn start(&self, answer: impl FnOnce(Report) + Send + 'static) {
        if let Some(nothing) = self.nothing {
            return answer(Report::nothing(nothing));
        }
        let endpoints: Vec<_> =
            self.endpoints.iter().map(|(signal, http)| (*signal, Arc::new(http.again()))).collect();
        let _ = std::thread::Builder::new().name(NAME.to_owned()).spawn(move || {
            local::with(Local::mute);
            let mut builder = Builder::new_current_thread();
            builder.enable_io().enable_time().thread_name(NAME).on_thread_start(|| {
                local::with(Local::mute);
            });
            let Ok(runtime) = builder.build() else { return };
            let report = runtime.block_on(async {
                let all = endpoints
                    .into_iter()
                    .map(|(signal, http)| tokio::spawn(async move { check(signal, &http).await }));
                let (all, mut checked) = (all.collect::<Vec<_>>(), Vec::new());
                for one in all {
                    checked.extend(one.await);
                }
                Report::new(checked)
            });
            answer(report);
            // A name look-up that hangs must not keep the thread.
            runtime.shutdown_background();
        });
    }
}
