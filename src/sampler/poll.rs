//! Asks Jaeger servers what remote samplers are to do. Runs on the worker's runtime, and ends with it.

use super::current::Current;
use super::remote::Remote;
use super::strategies::Strategies;
use crate::export::{Compression, Http, HttpConfig, TlsFiles};
use crate::worker::{Herald, Tone};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// An answer that takes longer is none.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest that can be waited for: some thirty years, as in tokio.
const NEVER: Duration = Duration::from_secs(86_400 * 365 * 30);
/// What the herald is told of under this name.
const TROUBLE: &str = "jaeger_remote";

/// A remote sampler, and where it asks.
struct Asking {
    remote: Arc<Remote>,
    http: Http,
    due: Instant,
    /// What is in use of what it has been told.
    version: u64,
}

/// Keeps all remote parts of a sampler told, for as long as it is polled.
pub(crate) async fn keep_told(current: Arc<Current>, service: String, herald: Arc<Herald>) {
    let mut asking: Vec<Asking> = Vec::new();
    loop {
        let remotes = current.remotes();
        asking.retain(|known| remotes.iter().any(|remote| Arc::ptr_eq(remote, &known.remote)));
        for remote in remotes {
            if !asking.iter().any(|known| Arc::ptr_eq(&remote, &known.remote)) {
                asking.extend(Asking::new(remote, &service, &herald));
            }
        }
        for one in &mut asking {
            if one.due <= Instant::now() && one.ask(&herald).await {
                current.renew();
            }
        }
        // A change in between has left a permit.
        let changed = current.changed.notified();
        match asking.iter().map(|one| one.due).min() {
            Some(due) => drop(timeout_at(due, changed).await),
            None => changed.await,
        }
    }
}

// === impl Asking ===

impl Asking {
    fn new(remote: Arc<Remote>, service: &str, herald: &Herald) -> Option<Asking> {
        let http = remote.settings.url_for(service).and_then(|url| {
            let timeout = Some(TIMEOUT.min(remote.settings.every().max(Duration::from_secs(1))));
            let config = HttpConfig {
                url,
                origin: TROUBLE,
                headers: Vec::new(),
                header_provider: None,
                timeout,
                compression: Compression::NONE,
                tls: TlsFiles::default(),
                bisect: false,
            };
            // Without files for TLS there is nothing to tell of.
            Http::new(config, Arc::new(|_| {})).map_err(|error| error.to_string())
        });
        match http {
            Ok(http) => Some(Asking { remote, http, due: Instant::now(), version: 0 }),
            Err(reason) => {
                herald.say(Tone::Warn, format!("{TROUBLE}: {reason}"));
                None
            }
        }
    }

    /// Asks once; whether there is news since.
    async fn ask(&mut self, herald: &Herald) -> bool {
        let strategies = self.answer().await;
        let now = Instant::now();
        self.due = now.checked_add(self.remote.settings.every()).unwrap_or(now + NEVER);
        let server = self.http.endpoint();
        match strategies {
            Ok(strategies) => {
                herald.over(TROUBLE);
                if self.remote.tell(strategies) {
                    herald.say(
                        Tone::Debug,
                        format!("{server} says how to sample: {:?}", self.remote.sampler()),
                    );
                }
            }
            Err(reason) => {
                let until = if self.remote.is_told() {
                    "what it said last holds"
                } else {
                    "the initial sampler decides"
                };
                herald.tell(TROUBLE, Tone::Warn, || {
                    format!("{server} does not say how to sample: {reason}; {until}")
                });
            }
        }
        let before = std::mem::replace(&mut self.version, self.remote.version());
        self.version != before
    }

    async fn answer(&self) -> Result<Strategies, String> {
        let answer = self.http.get().await.map_err(|failure| failure.reason)?;
        match answer.status {
            200 => Strategies::read(&answer.body)
                .map_err(|reason| format!("its answer cannot be used: {reason}")),
            status => Err(format!("it answers {status} {}", answer.text()).trim_end().to_owned()),
        }
    }
}
