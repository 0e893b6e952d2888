//! A program with OTEL_SDK_DISABLED is no hole in the traces of its neighbours.

use crate::child::{alone, init, lines};
use std::collections::HashMap;
use throughline::{SpanExt, baggage, correlation_id, propagation};
use tracing::{info, info_span};

#[test]
fn the_disabled_sdk_passes_the_callers_span_on_with_all_that_goes_with_it() {
    let vars = [("OTEL_SDK_DISABLED", "true"), ("OTEL_PROPAGATORS", "tracecontext,baggage,b3")];
    let name = "pass_on::the_disabled_sdk_passes_the_callers_span_on_with_all_that_goes_with_it";
    let output = alone(name, &vars, || {
        let guard = init();
        let headers = HashMap::from(
            [
                ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03"),
                ("tracestate", "vendor=1"),
                ("baggage", "correlation.id=me,a=1"),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
        );
        let server = info_span!("server");
        server.set_parent(propagation::extract(&headers)).expect("spans are there to pass things on");
        let _in = server.enter();
        let _child = info_span!("child").entered();
        info!("a line of the trace");
        assert_eq!(correlation_id().expect("it came").as_str(), "me");
        baggage::set("b", "2").expect("there is a span");
        let mut outgoing = HashMap::<String, String>::new();
        propagation::inject(&mut outgoing);
        assert_eq!(outgoing["traceparent"], headers["traceparent"]);
        assert_eq!(outgoing["tracestate"], "vendor=1");
        assert_eq!(outgoing["baggage"], "correlation.id=me,a=1,b=2");
        assert_eq!(outgoing["b3"], "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1");
        assert_eq!(guard.stats(), throughline::Stats::default());
    });
    let Some(output) = output else { return };
    let lines = lines(&output);
    let line = lines.iter().find(|line| line["fields"]["message"] == "a line of the trace").expect("written");
    assert_eq!(line["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(line["correlation_id"], "me");
}

#[test]
fn the_disabled_sdk_begins_no_trace_but_passes_baggage_on() {
    let name = "pass_on::the_disabled_sdk_begins_no_trace_but_passes_baggage_on";
    let output = alone(name, &[("OTEL_SDK_DISABLED", "true")], || {
        let _guard = init();
        let _in = info_span!("root").entered();
        info!("before");
        let id = correlation_id().expect("made");
        info!("after");
        let mut outgoing = HashMap::<String, String>::new();
        propagation::inject(&mut outgoing);
        assert_eq!(outgoing, HashMap::from([("baggage".to_owned(), format!("correlation.id={id}"))]));
    });
    let Some(output) = output else { return };
    let lines = lines(&output);
    let line = |said: &str| lines.iter().find(|line| line["fields"]["message"] == said).expect("written");
    assert_eq!((line("before").get("trace_id"), line("before").get("correlation_id")), (None, None));
    assert_eq!(line("after").get("trace_id"), None);
    assert_eq!(line("after")["correlation_id"].as_str().map(str::len), Some(36));
}
