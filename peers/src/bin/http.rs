//! What does a layer around an axum handler cost a request?
//!
//! `http` prints the table: the router is called directly, without sockets, and the body read to its end. The figures
//! are CPU time of the thread, the medians of interleaved rounds of children. `--rounds N`; `--check` for a run that is
//! only seen to work; `--one NAME --iters N` for callgrind.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::routing::get;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use serde_json::{Value, json};
use throughline::http::ServerLayer;
use throughline::{Batch, BoxFuture, Exporter, Outcome};
use throughline_peers::args::Args;
use throughline_peers::child::{ask, number};
use throughline_peers::clock;
use throughline_peers::median::median;
use throughline_peers::table::Table;
use tower_http::trace::TraceLayer;
use tower_service::Service;
use tracing_subscriber::layer::{Identity, SubscriberExt};
use tracing_subscriber::registry::Registry;

const ROUNDS: u64 = 7;
/// Requests between two exports, stretches of a lap, and laps of a child.
const STRETCH: u64 = 1_000;
const STRETCHES: u64 = 20;
const LAPS: u64 = 5;
const DEADLINE: Duration = Duration::from_secs(30);

const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const UNSAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

/// A router, what its requests bring, and what exports meanwhile.
struct Running {
    router: Router,
    traceparent: &'static str,
    settle: Box<dyn Fn()>,
}

struct Contender {
    name: &'static str,
    title: &'static str,
    start: fn() -> Running,
}

const BARE: &str = "bare";
const ROSTER: [Contender; 9] = [
    Contender { name: BARE, title: "the handler alone", start: bare },
    Contender { name: "identity", title: "a layer that does nothing", start: identity },
    Contender { name: "throughline", title: "ServerLayer, sampled", start: || throughline(SAMPLED) },
    Contender { name: "unsampled", title: "ServerLayer, not sampled", start: || throughline(UNSAMPLED) },
    Contender { name: "filtered", title: "ServerLayer, filtered out", start: filtered },
    Contender { name: "trace", title: "TraceLayer, Registry", start: || trace_layer(false) },
    Contender {
        name: "trace-recorded",
        title: "TraceLayer, recorded by throughline",
        start: || trace_layer(true),
    },
    Contender { name: "otel", title: "OtelAxumLayer, sampled", start: || opentelemetry(SAMPLED) },
    Contender {
        name: "otel-unsampled",
        title: "OtelAxumLayer, not sampled",
        start: || opentelemetry(UNSAMPLED),
    },
];

fn main() {
    let args = Args::from_env();
    match args.text("one") {
        Some(name) => one(&args, name),
        None => print(&args),
    }
}

// --- the parent ---

fn print(args: &Args) {
    let check: &[&str] = if args.has("check") { &["--check"] } else { &[] };
    let rounds = if args.has("check") { 1 } else { args.number("rounds", ROUNDS) };
    let child = |contender: &Contender| number(&ask(&[&["--one", contender.name], check].concat()), "cpu");
    let rounds: Vec<Vec<f64>> = (0..rounds).map(|_| ROSTER.iter().map(child).collect()).collect();
    println!("ns/request on the thread (CPU), medians of {} rounds\n", rounds.len());
    let figure = |index: usize| median(rounds.iter().map(|round| round[index]).collect());
    let mut table = Table::new(&["", "ns", "over the handler"]);
    for (index, contender) in ROSTER.iter().enumerate() {
        let own = figure(index);
        table.row(vec![contender.title.to_owned(), format!("{own:.0}"), format!("{:.0}", own - figure(0))]);
    }
    table.print();
}

// --- the child ---

fn one(args: &Args, name: &str) {
    let contender = ROSTER.iter().find(|contender| contender.name == name).expect("a known name");
    let mut running = (contender.start)();
    if args.has("iters") {
        return (0..args.number("iters", 0)).for_each(|_| request(&mut running));
    }
    let (stretches, laps) = if args.has("check") { (1, 1) } else { (STRETCHES, LAPS) };
    lap(&mut running, stretches);
    let laps = (0..laps).map(|_| lap(&mut running, stretches)).collect();
    let answer: Value = json!({ "cpu": median(laps) });
    println!("{answer}");
}

/// Nanoseconds of a request.
fn lap(running: &mut Running, stretches: u64) -> f64 {
    let mut cpu = Duration::ZERO;
    for _ in 0..stretches {
        let begun = clock::thread_cpu();
        (0..STRETCH).for_each(|_| request(running));
        cpu += clock::thread_cpu() - begun;
        (running.settle)();
    }
    cpu.as_nanos() as f64 / (stretches * STRETCH) as f64
}

fn request(running: &mut Running) {
    let request = Request::get("/users/7?verbose=1")
        .header("host", "shop.example.com:8080")
        .header("user-agent", "curl/8.5.0")
        .header("accept", "*/*")
        .header("traceparent", running.traceparent)
        .body(Body::empty())
        .expect("a good request");
    let Ok(response) = now(running.router.call(request));
    assert!(response.status().is_success());
    let mut body = pin!(response.into_body());
    while let Some(frame) = now(std::future::poll_fn(|context| body.as_mut().poll_frame(context))) {
        assert!(frame.is_ok());
        if body.is_end_stream() {
            break;
        }
    }
}

/// What a future gives that never waits.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing here waits"),
    }
}

// --- the contenders ---

fn routes() -> Router {
    Router::new().route("/users/{id}", get(async || "hello"))
}

fn install(subscriber: impl Into<tracing::Dispatch>) {
    tracing::dispatcher::set_global_default(subscriber.into()).expect("the first and only one");
}

fn bare() -> Running {
    Running { router: routes(), traceparent: SAMPLED, settle: Box::new(|| ()) }
}

/// Hands each request on.
#[derive(Clone)]
struct HandsOn<S>(S);

impl<S: Service<Request>> Service<Request> for HandsOn<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> S::Future {
        self.0.call(request)
    }
}

/// What axum itself asks for a layer.
fn identity() -> Running {
    let router = routes().layer(tower_layer::layer_fn(HandsOn));
    Running { router, traceparent: SAMPLED, settle: Box::new(|| ()) }
}

/// Accepts each batch unread.
struct Drops;

impl Exporter for Drops {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async { Outcome::Accepted })
    }
}

fn throughline_layer() -> (throughline::Layer, Box<dyn Fn()>) {
    let builder = throughline::builder().service_name("bench").exporter(Drops);
    let (layer, guard) = builder.build().expect("the options are good");
    (layer, Box::new(move || guard.flush(DEADLINE).expect("everything is accepted")))
}

fn throughline(traceparent: &'static str) -> Running {
    let (layer, settle) = throughline_layer();
    install(Registry::default().with(layer));
    Running { router: routes().layer(ServerLayer::new()), traceparent, settle }
}

fn filtered() -> Running {
    let (layer, settle) = throughline_layer();
    install(Registry::default().with(layer));
    let router = routes().layer(ServerLayer::new().filter(|request| request.method() == "PUT"));
    Running { router, traceparent: SAMPLED, settle }
}

fn trace_layer(recorded: bool) -> Running {
    let router = routes().layer(TraceLayer::new_for_http());
    if !recorded {
        install(Registry::default().with(Identity::new()));
        return Running { router, traceparent: SAMPLED, settle: Box::new(|| ()) };
    }
    let builder = throughline::builder().service_name("bench").spans("debug").exporter(Drops);
    let (layer, guard) = builder.build().expect("the options are good");
    install(Registry::default().with(layer));
    Running {
        router,
        traceparent: SAMPLED,
        settle: Box::new(move || guard.flush(DEADLINE).expect("accepted")),
    }
}

/// Drops each finished span where it ended.
#[derive(Debug)]
struct DropsSpans;

impl SpanProcessor for DropsSpans {
    fn on_start(&self, _: &mut Span, _: &opentelemetry::Context) {}

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> opentelemetry_sdk::error::OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> opentelemetry_sdk::error::OTelSdkResult {
        Ok(())
    }
}

fn opentelemetry(traceparent: &'static str) -> Running {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let provider = Arc::new(SdkTracerProvider::builder().with_span_processor(DropsSpans).build());
    install(Registry::default().with(tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"))));
    let router = routes().layer(OtelAxumLayer::default());
    Running { router, traceparent, settle: Box::new(move || provider.force_flush().expect("nothing to do")) }
}
