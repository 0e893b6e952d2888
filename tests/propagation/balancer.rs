//! A load balancer of AWS names a trace, and no span of it: the trace begins with us, under that name.

use crate::child::alone;
use http::{HeaderMap, Request, Response};
use std::convert::Infallible;
use throughline::http::ServerLayer;
use throughline::propagation::{self, Format, Propagator};
use throughline::testing::{Trace, capture};
use throughline::{Context, SpanExt as _};
use tower::{Layer, ServiceExt, service_fn};

const HEADER: &str = "x-amzn-trace-id";
const ROOT: &str = "Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272793";
const TRACE: &str = "5759e988bd862e3fe1be46a994272793";

fn headers(more: &str) -> HeaderMap {
    HeaderMap::from_iter([(
        http::HeaderName::from_static(HEADER),
        format!("{ROOT}{more}").parse().expect("a header can hold it"),
    )])
}

/// A request with this header to a layer in a layer, and what the handler sends on.
fn asked(more: &str) -> (Trace, String) {
    let mut sent = String::new();
    let trace = capture(|| {
        let service = service_fn(async |_: Request<String>| {
            let mut headers = HeaderMap::new();
            propagation::inject(&mut headers);
            let header = headers[HEADER].to_str().expect("text").to_owned();
            Ok::<_, Infallible>(Response::new(header))
        });
        let service = ServerLayer::new().layer(ServerLayer::new().layer(service));
        let mut request = Request::new(String::new());
        *request.headers_mut() = headers(more);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let response = runtime.block_on(service.oneshot(request)).expect("it answers");
        let body = runtime.block_on(axum::body::to_bytes(axum::body::Body::new(response.into_body()), 1000));
        sent = String::from_utf8(body.expect("a body").to_vec()).expect("text");
    });
    (trace, sent)
}

#[test]
fn a_request_through_a_load_balancer_begins_the_trace_that_it_names() {
    let name = "balancer::a_request_through_a_load_balancer_begins_the_trace_that_it_names";
    alone(name, &[("OTEL_PROPAGATORS", "xray")], || {
        let _built = throughline::builder().build().expect("valid");
        for more in ["", ";Sampled=1", ";Sampled=?"] {
            let (trace, sent) = asked(&format!("{more};Lineage=1:0"));
            let [outer, inner] = trace.spans()[..] else { panic!("two spans: {trace}") };
            assert_eq!(
                (outer.data().trace_id.to_string().as_str(), outer.is_root()),
                (TRACE, true),
                "{trace}"
            );
            assert!(!outer.data().parent_span_id.is_valid());
            assert_eq!(
                (outer.data().flags, inner.data().flags),
                (0x101, 0x101),
                "nothing is remote, or random"
            );
            assert_eq!(inner.parent(), Some(outer));
            let id = inner.data().span_id;
            let root = "Root=1-5759e988-bd862e3fe1be46a994272793";
            assert_eq!(sent, format!("{root};Parent={id};Sampled=1;Lineage=1:0"));
        }
        let (trace, sent) = asked(";Sampled=0");
        assert!(
            trace.spans().is_empty() && sent.ends_with(";Sampled=0") && sent.contains("Root=1-5759e988-")
        );
    });
}

#[test]
fn a_span_that_is_hung_under_a_trace_alone_is_its_first() {
    let context = Format::XRay.extract(&headers(""), Context::default());
    let trace = capture(|| {
        let span = tracing::info_span!("work");
        span.set_parent(context.clone()).expect("nothing was handed out");
        span.add_link(context);
        span.in_scope(|| drop(tracing::info_span!("inner")));
    });
    let (work, inner) = (trace.span("work"), trace.span("inner"));
    assert_eq!((work.data().trace_id.to_string().as_str(), work.is_root()), (TRACE, true));
    assert_eq!((inner.parent(), work.data().links.len()), (Some(work), 0));
}
