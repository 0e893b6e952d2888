//! `HeaderProvider`: headers that change, such as tokens that expire.

use super::http::header_map;
use reqwest::header::HeaderMap;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Semaphore;

type Give = dyn Fn() -> Vec<(String, String)> + Send + Sync;

/// Asks the program for headers before each request.
#[derive(Clone)]
pub(crate) struct HeaderProvider {
    give: Arc<Give>,
    /// One call at a time: one that hangs takes one thread, not one for each attempt.
    turn: Arc<Semaphore>,
}

// === impl HeaderProvider ===

impl HeaderProvider {
    pub(crate) fn new(give: impl Fn() -> Vec<(String, String)> + Send + Sync + 'static) -> Self {
        HeaderProvider { give: Arc::new(give), turn: Arc::new(Semaphore::new(1)) }
    }

    /// What it gives now. It may block: it is called on a thread of the worker's for that.
    pub(super) async fn headers(&self) -> Result<HeaderMap, String> {
        let turn = Arc::clone(&self.turn).acquire_owned().await;
        let give = Arc::clone(&self.give);
        let given = tokio::task::spawn_blocking(move || {
            let given = give();
            drop(turn);
            given
        });
        // An error is its panic, which the program's panic hook has told.
        let given = given.await.map_err(|_| "header_provider panicked".to_owned())?;
        header_map("header_provider", &given).map_err(|error| error.to_string())
    }
}

impl fmt::Debug for HeaderProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeaderProvider")
    }
}
