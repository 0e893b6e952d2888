//! A trace that goes on in another service.

use crate::remote::{PARENT, remote_with};
use crate::support::{Recording, assert_child, bare, record};
use std::collections::HashMap;
use throughline::{SpanExt, propagation};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::{prelude::*, registry};

#[test]
fn a_trace_goes_on_in_another_service_by_every_carrier() {
    let ((client, caller), (server, callee)) = (Recording::new(bare()), Recording::new(bare()));
    let (client, server) = (Dispatch::new(registry().with(client)), Dispatch::new(registry().with(server)));
    std::thread::scope(|scope| {
        let (sender, receiver) = std::sync::mpsc::channel::<(http::HeaderMap, HashMap<String, String>)>();
        scope.spawn(move || {
            with_default(&client, || {
                let span = info_span!("call");
                span.set_parent(remote_with(PARENT, "vendor=1")).expect("in time");
                let _in = span.enter();
                let (mut headers, mut map) = (http::HeaderMap::new(), HashMap::new());
                headers.insert("traceparent", http::HeaderValue::from_static("stale"));
                map.insert("Traceparent".to_owned(), "stale".to_owned());
                propagation::inject(&mut headers);
                propagation::inject(&mut map);
                sender.send((headers, map)).expect("somebody listens");
            });
        });
        scope.spawn(move || {
            with_default(&server, || {
                let (headers, map) = receiver.recv().expect("the client sends");
                assert_eq!(map.len(), 2, "{map:?}");
                let contexts = [propagation::extract(&headers), propagation::extract(&map)];
                assert_eq!(contexts[0], contexts[1]);
                for context in contexts {
                    let span = info_span!("serve");
                    span.set_parent(context).expect("in time");
                }
            });
        });
    });
    let call = caller.span("call");
    let served = callee.spans();
    assert_eq!(served.len(), 2);
    for span in &served {
        assert_child(span, &call);
        assert_eq!((span.flags, span.trace_state.as_str()), (0x301, "vendor=1"));
    }
}

#[test]
fn outside_of_a_span_nothing_is_injected_and_stale_headers_are_removed_or_left_consistent() {
    let recording = record(bare(), || {
        let mut map = HashMap::<String, String>::new();
        propagation::inject(&mut map);
        assert!(map.is_empty(), "{map:?}");
    });
    assert_eq!(recording.guard.stats().started, 0);
}

#[test]
fn bad_headers_begin_a_new_trace() {
    for bad in ["", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "garbage", &PARENT.to_uppercase()]
    {
        let recording = record(bare(), || {
            let span = info_span!("server");
            span.set_parent(remote_with(bad, "vendor=1")).expect("in time");
        });
        let span = recording.span("server");
        assert!(span.trace_id.is_valid() && !span.parent_span_id.is_valid(), "{bad}");
        assert_eq!((span.flags, span.trace_state.as_str()), (0x103, ""), "{bad}");
    }
}
