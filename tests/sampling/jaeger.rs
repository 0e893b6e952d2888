//! `jaeger_remote` with the real Jaeger: strategies in its file, asked for at its endpoint.

use crate::crowd::{assert_share, traces};
use crate::server::Server;
use crate::support::{Counted, Lines, bare};
use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use throughline::{Guard, JaegerRemote, Sampler};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::{prelude::*, registry};

/// Jaeger reads its file again ten times a second.
const PATIENCE: Duration = Duration::from_secs(30);

struct Service {
    dispatch: Dispatch,
    guard: Guard,
    lines: Lines,
}

// === impl Service ===

impl Service {
    fn new(name: &str, address: SocketAddr, path: &str) -> Service {
        let remote = JaegerRemote::new(format!("http://{address}{path}"))
            .interval(Duration::from_millis(100))
            .initial(Sampler::always_off());
        let builder = bare().service_name(name).sampler(Sampler::parent_based(remote));
        let (layer, guard) = builder.exporter(Counted::default()).build().expect("valid settings");
        let lines = Lines::default();
        let writer = lines.clone();
        let fmt = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
        Service { dispatch: Dispatch::new(registry().with(fmt).with(layer)), guard, lines }
    }

    /// Of so many traces that begin with a span of this name.
    fn sampled(&self, n: u64, name: &str) -> u64 {
        let before = self.guard.stats().unsampled;
        with_default(&self.dispatch, || (0..n).for_each(|_| drop(info_span!("request", otel.name = name))));
        n - (self.guard.stats().unsampled - before)
    }

    #[track_caller]
    fn waits_until(&self, what: &str, come: impl Fn(&Service) -> bool) {
        let begun = Instant::now();
        while !come(self) {
            assert!(begun.elapsed() < PATIENCE, "waited too long until {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn write(server: &Server, strategies: &str) {
    let file = server.folder.join("strategies.json");
    // Whole, or not at all.
    fs::write(file.with_extension("new"), strategies).expect("the folder can be written");
    fs::rename(file.with_extension("new"), file).expect("the folder can be written");
}

#[test]
#[ignore = "needs a real server: scripts/backends install jaeger"]
fn strategies_of_a_real_jaeger_are_followed_as_they_change_and_stay_when_it_goes() {
    let mut jaeger = Server::start("jaeger");
    let address = jaeger.address("sampling");
    for path in ["", "/api/sampling"] {
        let service = Service::new("anyone", address, path);
        service.waits_until("the default of its file holds", |it| it.sampled(1, "a") == 1);
        assert_eq!(service.sampled(1000, "a"), 1000);
    }
    write(
        &jaeger,
        r#"{
            "service_strategies": [
                {"service": "half", "type": "probabilistic", "param": 0.5},
                {"service": "few", "type": "ratelimiting", "param": 5},
                {"service": "shop", "type": "probabilistic", "param": 0.25, "operation_strategies": [
                    {"operation": "GET /health", "type": "probabilistic", "param": 0.0},
                    {"operation": "POST /orders", "type": "probabilistic", "param": 1.0}]}
            ],
            "default_strategy": {"type": "probabilistic", "param": 0.0}
        }"#,
    );
    let anyone = Service::new("anyone", address, "");
    let [half, few, shop] = ["half", "few", "shop"].map(|name| Service::new(name, address, ""));
    for service in [&half, &few, &shop] {
        service.waits_until("it is told", |it| it.sampled(50, "POST /orders") > 0);
    }
    // The strategy before this one took all.
    half.waits_until("half are taken", |it| it.sampled(50, "a") < 50);
    let n = traces();
    assert_share(half.sampled(n, "a"), n, 0.5, "half");
    few.waits_until("few are taken", |it| it.sampled(200, "a") < 100);
    shop.waits_until("others are not all taken", |it| it.sampled(50, "a") < 50);
    assert_eq!(shop.sampled(1000, "POST /orders"), 1000);
    // But for those that the lower bound takes.
    assert!(shop.sampled(1000, "GET /health") <= 5);
    // The lower bound adds one every minute.
    assert_share(shop.sampled(20_000, "a"), 20_000, 0.25, "the service's own share is the others'");
    anyone.waits_until("nothing is taken", |it| it.sampled(50, "a") == 0);
    assert!(jaeger.end().success(), "it ends as it should");
    half.waits_until("that it is away is told", |it| it.lines.text().contains("does not say how to sample"));
    assert_share(half.sampled(20_000, "a"), 20_000, 0.5, "half, from memory");
    for service in [&anyone, &half, &few, &shop] {
        service.guard.shutdown(Duration::from_secs(10)).expect("everything is taken");
        assert!(service.guard.stats().is_balanced());
    }
}
