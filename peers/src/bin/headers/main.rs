//! What it costs to read a context from headers and to write it into others: nanoseconds of CPU time and calls of the
//! allocator, for each format and for several at once.
//!
//! The do-nothing rung writes the same values into the same map by hand: what is over it is ours. The carriers are
//! `http::HeaderMap`s with ten other headers, as a request has them; the one that is written into is kept, so its table
//! is not allocated each time, but the values are.

#[path = "../alloc/counting.rs"]
mod counting;

use http::{HeaderMap, HeaderName, HeaderValue};
use std::hint::black_box;
use throughline::Context;
use throughline::propagation::{Format, Propagator};
use throughline_peers::clock;

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

const ROUNDS: usize = 15;
const CALLS: u32 = 100_000;

const OTHERS: [(&str, &str); 10] = [
    ("host", "shop.example"),
    ("user-agent", "bench/1"),
    ("accept", "*/*"),
    ("accept-encoding", "gzip"),
    ("content-type", "application/json"),
    ("content-length", "17"),
    ("authorization", "Bearer x"),
    ("cookie", "a=b"),
    ("x-request-id", "7"),
    ("x-forwarded-for", "10.0.0.1"),
];
const OURS: [(&str, &str); 14] = [
    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ("tracestate", "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"),
    ("baggage", "tenant=acme,user.plan=free%20tier,correlation.id=01890a5d-ac96-774b-bcce-b302099a8057"),
    ("b3", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1"),
    ("x-b3-traceid", "4bf92f3577b34da6a3ce929d0e0e4736"),
    ("x-b3-spanid", "00f067aa0ba902b7"),
    ("x-b3-sampled", "1"),
    ("uber-trace-id", "4bf92f3577b34da6a3ce929d0e0e4736:00f067aa0ba902b7:0:1"),
    ("x-amzn-trace-id", "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1"),
    ("x-datadog-trace-id", "11803532876627986230"),
    ("x-datadog-parent-id", "67667974448284343"),
    ("x-datadog-sampling-priority", "1"),
    ("x-datadog-tags", "_dd.p.tid=4bf92f3577b34da6"),
    ("x-datadog-origin", "rum"),
];

fn request(wanted: &dyn Fn(&str) -> bool) -> HeaderMap {
    let pairs = OTHERS.iter().chain(OURS.iter().filter(|(name, _)| wanted(name)));
    pairs.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
}

/// The median over the rounds, and the calls of the allocator in the last of them.
fn measure(mut f: impl FnMut()) -> (f64, f64) {
    let (mut times, mut calls) = (Vec::new(), 0);
    for _ in 0..ROUNDS {
        let (before, begun) = (counting::calls(), clock::thread_cpu());
        (0..CALLS).for_each(|_| f());
        let lasted = clock::thread_cpu() - begun;
        calls = counting::calls() - before;
        times.push(lasted.as_nanos() as f64 / f64::from(CALLS));
    }
    times.sort_by(f64::total_cmp);
    (times[ROUNDS / 2], calls as f64 / f64::from(CALLS))
}

fn row(name: &str, extract: (f64, f64), inject: (f64, f64)) {
    println!(
        "| {name:<44} | {:>7.0} | {:>6.2} | {:>7.0} | {:>6.2} | {:>7.0} |",
        extract.0,
        extract.1,
        inject.0,
        inject.1,
        extract.0 + inject.0
    );
}

fn formats(name: &str, formats: &[Format], wanted: &dyn Fn(&str) -> bool) {
    let incoming = request(wanted);
    let extract = || formats.iter().fold(Context::default(), |base, format| format.extract(&incoming, base));
    let context = extract();
    let mut outgoing = request(&|_| false);
    let read = measure(|| drop(black_box(extract())));
    let write =
        measure(|| formats.iter().for_each(|format| format.inject(black_box(&context), &mut outgoing)));
    row(name, read, write);
}

fn by_hand(names: &[&'static str]) {
    let incoming = request(&|name| names.contains(&name));
    let mut outgoing = request(&|_| false);
    let keys: Vec<_> = names.iter().map(|name| HeaderName::from_static(name)).collect();
    let read = measure(|| {
        keys.iter().for_each(|name| {
            black_box(incoming.get(name));
        })
    });
    let values: Vec<_> = keys.iter().map(|name| incoming[name].to_str().expect("text").to_owned()).collect();
    let write = measure(|| {
        for (name, value) in keys.iter().zip(&values) {
            outgoing.insert(name.clone(), HeaderValue::from_str(black_box(value)).expect("valid"));
        }
    });
    row(&format!("by hand: {}", names.join(", ")), read, write);
}

fn main() {
    println!(
        "| {:<44} | extract | allocs |  inject | allocs |    both |",
        "ns a call, calls of the allocator"
    );
    println!("|{}|--------:|-------:|--------:|-------:|--------:|", "-".repeat(46));
    by_hand(&["traceparent"]);
    by_hand(&["traceparent", "tracestate"]);
    use Format::{B3, B3Multi, Baggage, Datadog, Jaeger, TraceContext, XRay};
    formats("tracecontext", &[TraceContext], &|name| name == "traceparent");
    formats("tracecontext, with a tracestate", &[TraceContext], &|name| name.starts_with("trace"));
    formats("baggage, 3 members", &[Baggage], &|name| name == "baggage");
    formats("b3", &[B3], &|name| name == "b3");
    formats("b3multi", &[B3Multi], &|name| name.starts_with("x-b3"));
    formats("jaeger", &[Jaeger], &|name| name == "uber-trace-id");
    formats("xray", &[XRay], &|name| name == "x-amzn-trace-id");
    formats("datadog", &[Datadog], &|name| name.starts_with("x-datadog"));
    let five = [TraceContext, Baggage, B3, Jaeger, XRay];
    formats("five: the first three, jaeger, xray; ids in each", &five, &|name| {
        !["baggage", "tracestate"].contains(&name)
            && !name.starts_with("x-b3")
            && !name.starts_with("x-datadog")
    });
    formats("five: and tracestate and baggage", &five, &|name| {
        !name.starts_with("x-b3") && !name.starts_with("x-datadog")
    });
    formats("five: only a traceparent came", &five, &|name| name == "traceparent");
    formats("five: nothing came", &five, &|_| false);
    formats("seven: everything", &[TraceContext, Baggage, B3, B3Multi, Jaeger, XRay, Datadog], &|_| true);
}
