//! `jaeger_remote` with a server in this process that answers as it is told.

use crate::support::collector::{Collector, Reply, Request};
use crate::support::{Counted, Lines, bare, until, without_hanging};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use throughline::{Guard, JaegerRemote, Sampler};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::{prelude::*, registry};

/// A server that says the same until it is told to say something else, and a service that asks it.
struct Played {
    said: Arc<Mutex<(u16, String)>>,
    server: Collector,
    dispatch: Dispatch,
    guard: Guard,
    lines: Lines,
}

fn share(rate: f64) -> String {
    format!(r#"{{"strategyType":"PROBABILISTIC","probabilisticSampling":{{"samplingRate":{rate}}}}}"#)
}

// === impl Played ===

impl Played {
    fn new(status: u16, said: &str, wrap: impl Fn(JaegerRemote) -> Sampler) -> Played {
        let said = Arc::new(Mutex::new((status, said.to_owned())));
        let says = Arc::clone(&said);
        let server = Collector::answering(move |_: &Request| {
            let (status, body) = says.lock().expect("not poisoned").clone();
            Reply::Full {
                status,
                header: ("content-type", "application/json".to_owned()),
                body: body.into_bytes(),
            }
        });
        let remote = JaegerRemote::new(server.url())
            .interval(Duration::from_millis(100))
            .initial(Sampler::always_off());
        let builder = bare().sampler(wrap(remote)).service_name("shop & co");
        let (layer, guard) = builder.exporter(Counted::default()).build().expect("valid settings");
        let lines = Lines::default();
        let writer = lines.clone();
        let fmt = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || writer.clone());
        Played { said, server, dispatch: Dispatch::new(registry().with(fmt).with(layer)), guard, lines }
    }

    fn say(&self, status: u16, text: &str) {
        *self.said.lock().expect("not poisoned") = (status, text.to_owned());
    }

    /// Whether a trace that begins with a span of this name is sampled.
    fn samples(&self, name: &str) -> bool {
        let before = self.guard.stats().unsampled;
        with_default(&self.dispatch, || drop(info_span!("request", otel.name = name)));
        self.guard.stats().unsampled == before
    }

    /// Waits until two more requests were answered: the second is about what was said last.
    fn answered(&self) {
        self.server.wait_for(self.server.requests().len() + 2);
    }
}

#[test]
fn the_initial_sampler_decides_until_the_server_does_and_then_it_is_followed() {
    let played = Played::new(503, "", Sampler::from);
    played.answered();
    assert!(!played.samples("a"));
    played.say(200, &share(1.0));
    until("all are sampled", || played.samples("a"));
    assert!(played.server.requests().iter().all(|it| it.path == "/sampling?service=shop+%26+co"));
    played.say(200, &share(0.0));
    until("none is", || !played.samples("a"));
    played.say(200, r#"{"strategyType":"RATE_LIMITING","rateLimitingSampling":{"maxTracesPerSecond":3}}"#);
    until("some are", || played.samples("a"));
    let taken = (0..100).filter(|_| played.samples("a")).count();
    // One was taken above; a second that passes meanwhile brings three more.
    assert!((2..30).contains(&taken), "{taken}");
    assert!(played.guard.stats().is_balanced());
}

#[test]
fn operations_have_shares_of_their_own_wherever_the_sampler_is_inside() {
    let operations = r#"{"operationSampling":{"defaultSamplingProbability":0,"defaultLowerBoundTracesPerSecond":0,
        "perOperationStrategies":[{"operation":"GET /","probabilisticSampling":{"samplingRate":1}}]}}"#;
    let wraps: [fn(JaegerRemote) -> Sampler; 2] = [
        |remote| Sampler::parent_based(remote),
        |remote| Sampler::rules([throughline::SamplingRule::new(remote)]),
    ];
    for wrap in wraps {
        let played = Played::new(200, operations, wrap);
        until("the operation is sampled", || played.samples("GET /"));
        assert!(!played.samples("GET /other"));
    }
}

#[test]
fn what_the_server_says_wrong_is_told_and_the_last_good_strategy_stays() {
    let played = Played::new(200, &share(1.0), Sampler::from);
    until("all are sampled", || played.samples("a"));
    for (status, text) in [
        (200, share(1.5)),
        (200, "{}".to_owned()),
        (200, "<html>".to_owned()),
        (500, String::new()),
        (404, "no".to_owned()),
    ] {
        played.say(status, &text);
        played.answered();
        assert!(played.samples("a"), "{status} {text}");
    }
    let told = played.lines.with("does not say how to sample");
    let expected = "/sampling?... does not say how to sample: its answer cannot be used: samplingRate is not from 0 to 1 but \
                    1.5; what it said last holds";
    assert!(told.contains("WARN") && told.contains(expected), "{told}");
    played.say(200, &share(0.0));
    until("it is followed again", || !played.samples("a"));
}

#[test]
fn a_server_that_is_away_or_hangs_neither_holds_up_the_program_nor_its_end() {
    without_hanging(|| {
        let silent = Collector::answering(|_| Reply::Never);
        for url in ["http://127.0.0.1:9".to_owned(), silent.url()] {
            let sampler = JaegerRemote::new(url).initial(Sampler::always_on());
            let (layer, guard) = bare().sampler(sampler).exporter(Counted::default()).build().expect("valid");
            with_default(&Dispatch::new(registry().with(layer)), || drop(info_span!("root")));
            let begun = Instant::now();
            guard.flush(Duration::from_secs(5)).expect("everything is taken");
            guard.shutdown(Duration::from_secs(5)).expect("everything is taken");
            assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
            assert_eq!(guard.stats().finished, 1);
        }
        assert!(silent.requests().len() <= 1, "it is asked once a minute");
    });
}

/// Both layers ask; whichever answer comes first is news to both.
#[test]
fn two_layers_may_share_one() {
    let server = Collector::answering(|_: &Request| Reply::Full {
        status: 200,
        header: ("content-type", "application/json".to_owned()),
        body: share(1.0).into_bytes(),
    });
    let remote = JaegerRemote::new(server.url());
    let sampler = Sampler::from(remote.interval(Duration::from_millis(100)).initial(Sampler::always_off()));
    let layers = [sampler.clone(), sampler].map(|sampler| {
        let (layer, guard) = bare().sampler(sampler).exporter(Counted::default()).build().expect("valid");
        (Dispatch::new(registry().with(layer)), guard)
    });
    for (number, (dispatch, guard)) in layers.iter().enumerate() {
        until(&format!("layer {number} follows"), || {
            with_default(dispatch, || drop(info_span!("root")));
            guard.stats().finished > 0
        });
    }
}

#[test]
fn a_change_around_it_is_no_reason_to_ask_again() {
    let server = Collector::answering(|_| Reply::Status(503));
    let remote = Sampler::from(JaegerRemote::new(server.url()).interval(Duration::from_secs(3600)));
    let builder = bare().sampler(remote.clone()).exporter(Counted::default());
    let (_layer, guard) = builder.build().expect("valid settings");
    server.wait_for(1);
    for _ in 0..3 {
        let other = Collector::answering(|_| Reply::Status(503));
        let asks = throughline::ParentBased::new(remote.clone());
        let asks = asks.remote_parent_sampled(JaegerRemote::new(other.url()));
        guard.set_sampler(asks).expect("a good URL");
        other.wait_for(1);
    }
    assert_eq!(server.requests().len(), 1);
}

/// An interval that no clock can count is once.
#[test]
fn one_that_is_to_ask_never_again_asks_once() {
    for interval in [Duration::MAX, Duration::from_millis(u64::MAX)] {
        let server = Collector::answering(|_: &Request| Reply::Full {
            status: 200,
            header: ("content-type", "application/json".to_owned()),
            body: share(1.0).into_bytes(),
        });
        let remote = JaegerRemote::new(server.url()).interval(interval).initial(Sampler::always_off());
        let (layer, guard) = bare().sampler(remote).exporter(Counted::default()).build().expect("valid");
        let dispatch = Dispatch::new(registry().with(layer));
        until("it is followed", || {
            with_default(&dispatch, || drop(info_span!("root")));
            guard.stats().finished > 0
        });
        // Whoever asks is still there.
        let other = Collector::answering(|_| Reply::Status(503));
        guard.set_sampler(JaegerRemote::new(other.url())).expect("a good URL");
        other.wait_for(1);
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn one_that_comes_by_a_change_is_asked_and_one_that_went_is_not() {
    let played = Played::new(200, &share(1.0), |_| Sampler::always_off());
    assert!(!played.samples("a"));
    let remote = JaegerRemote::new(played.server.url())
        .interval(Duration::from_millis(100))
        .initial(Sampler::always_off());
    played.guard.set_sampler(remote).expect("a good URL");
    until("it is followed", || played.samples("a"));
    played.guard.set_sampler(Sampler::always_off()).expect("nothing is wrong with it");
    assert!(!played.samples("a"));
    // Whoever asks turns to another server: what was under way to the first has come by then.
    let other = Collector::answering(|_| Reply::Status(503));
    let remote = JaegerRemote::new(other.url()).interval(Duration::from_millis(100));
    played.guard.set_sampler(remote).expect("a good URL");
    other.wait_for(1);
    let asked = played.server.requests().len();
    other.wait_for(5);
    assert_eq!(played.server.requests().len(), asked);
}
