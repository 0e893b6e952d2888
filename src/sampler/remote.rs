//! `JaegerRemote`: a sampler that a Jaeger server tells what to do.

use super::Sampler;
use super::strategies::Strategies;
use crate::export::without_secrets;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where Jaeger's agents, collectors and sidecars answer by default.
pub(super) const DEFAULT_URL: &str = "http://localhost:5778/sampling";
/// Jaeger's own clients ask as often.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(60);
/// A server is asked no more often than this.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);
/// Jaeger's own clients begin with it.
const INITIAL_RATIO: f64 = 0.001;

/// A sampler that asks a Jaeger server for the strategy of this service (`service.name`), and asks again from time to time
/// (Jaeger, "Remote Sampling").
///
/// Strategies are a share of the traces, chosen and written down as [`Sampler::ratio_ignoring_parent`] does; a number of
/// traces a second, as [`Sampler::rate_limited`] does; or a share for each operation, that is for each name of a first span,
/// below which so many traces a second are taken all the same. While the server is away, or says what cannot be, that
/// is told in the log, and the last good strategy stays; until there is one, `initial` decides.
///
/// By itself it ignores what callers decided: put it into [`Sampler::parent_based`].
#[derive(Clone)]
#[must_use]
pub struct JaegerRemote {
    url: String,
    interval: Duration,
    initial: Sampler,
}

/// The same at work.
#[derive(Debug)]
pub(super) struct Remote {
    pub(super) settings: JaegerRemote,
    told: Mutex<Told>,
}

#[derive(Clone, Debug)]
struct Told {
    /// What the server said last; `None`: nothing good so far.
    strategies: Option<Strategies>,
    /// How often that was news.
    version: u64,
    sampler: Sampler,
}

// === impl JaegerRemote ===

impl JaegerRemote {
    /// Asks at this URL, http or https: the query `service=...` is added, and `/sampling` where it has no path
    /// (`http://localhost:5778/sampling`, a collector's `http://jaeger:14268/api/sampling`).
    pub fn new(url: impl Into<String>) -> Self {
        let initial = Sampler::ratio_ignoring_parent(INITIAL_RATIO);
        JaegerRemote { url: url.into(), interval: DEFAULT_INTERVAL, initial }
    }

    /// How often it asks. Default 60 s; at least 0.1 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval.max(SHORTEST_INTERVAL);
        self
    }

    /// Decides until a server has answered. Default: `Sampler::ratio_ignoring_parent(0.001)`.
    pub fn initial(mut self, sampler: impl Into<Sampler>) -> Self {
        self.initial = sampler.into();
        self
    }

    pub(super) fn every(&self) -> Duration {
        self.interval
    }

    /// The whole URL for a service.
    pub(super) fn url_for(&self, service: &str) -> Result<String, String> {
        let mut url = self.parsed()?;
        if matches!(url.path(), "" | "/") {
            url.set_path("/sampling");
        }
        url.query_pairs_mut().append_pair("service", service);
        Ok(url.into())
    }

    pub(super) fn validate(&self) -> Result<(), String> {
        self.parsed()?;
        if !self.initial.remotes().is_empty() {
            return Err("the initial sampler of jaeger_remote must not be one itself".to_owned());
        }
        self.initial.validate()
    }

    fn parsed(&self) -> Result<reqwest::Url, String> {
        let url = reqwest::Url::parse(&self.url).map_err(|error| format!("its URL: {error}"))?;
        match url.scheme() {
            "http" | "https" if url.has_host() => Ok(url),
            scheme => Err(format!("its URL: the scheme must be http or https, not {scheme}")),
        }
    }
}

impl fmt::Debug for JaegerRemote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JaegerRemote")
            .field("url", &without_secrets(&self.url))
            .field("interval", &self.interval)
            .field("initial", &self.initial)
            .finish()
    }
}

// === impl Remote ===

impl Remote {
    pub(super) fn new(settings: JaegerRemote) -> Self {
        let told = Told { strategies: None, version: 0, sampler: settings.initial.clone() };
        Remote { settings, told: Mutex::new(told) }
    }

    /// What decides at the moment.
    pub(super) fn sampler(&self) -> Sampler {
        self.lock().sampler.clone()
    }

    /// Takes what a server said; whether that is news.
    pub(super) fn tell(&self, strategies: Strategies) -> bool {
        let mut told = self.lock();
        if told.strategies.as_ref() == Some(&strategies) {
            return false;
        }
        let sampler = std::mem::replace(&mut told.sampler, strategies.sampler());
        told.strategies = Some(strategies);
        told.version += 1;
        drop(told);
        // The initial one may own what is the program's.
        drop(sampler);
        true
    }

    /// Tells what it knows from what it knew before. It may learn from whichever layer asks for it.
    pub(super) fn version(&self) -> u64 {
        self.lock().version
    }

    /// Another that knows the same.
    pub(super) fn again(&self) -> Remote {
        Remote { settings: self.settings.clone(), told: Mutex::new(self.lock().clone()) }
    }

    /// Whether a server has said anything good.
    pub(super) fn is_told(&self) -> bool {
        self.lock().strategies.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_and_the_service_are_added() {
        let url = |text: &str, service| JaegerRemote::new(text).url_for(service).expect("a URL");
        assert_eq!(url("http://localhost:5778", "shop"), "http://localhost:5778/sampling?service=shop");
        assert_eq!(url("http://localhost:5778/", "a b&c"), "http://localhost:5778/sampling?service=a+b%26c");
        assert_eq!(url("https://x/api/sampling", "é"), "https://x/api/sampling?service=%C3%A9");
        assert_eq!(url("http://x/s?a=1", "b"), "http://x/s?a=1&service=b");
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for bad in ["", "localhost:5778", "ftp://x/sampling", "http://"] {
            assert!(JaegerRemote::new(bad).validate().is_err(), "{bad}");
        }
        let twice = JaegerRemote::new(DEFAULT_URL).initial(Sampler::jaeger_remote(DEFAULT_URL));
        assert!(twice.validate().expect_err("nested").contains("must not be one itself"));
        let bad_initial = JaegerRemote::new(DEFAULT_URL).initial(Sampler::ratio(2.0));
        assert!(bad_initial.validate().is_err());
    }

    #[test]
    fn a_strategy_that_stays_keeps_its_meters() {
        let remote = Remote::new(JaegerRemote::new(DEFAULT_URL));
        let limited = || Strategies::Limited(3.0);
        assert!(!remote.is_told() && remote.tell(limited()) && remote.is_told());
        assert!(!remote.tell(limited()) && remote.tell(Strategies::Share(0.5)));
        assert_eq!(format!("{:?}", remote.sampler()), "ratio_ignoring_parent(0.5)");
    }
}
