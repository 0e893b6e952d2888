//! The filters of the lines and of the spans.

use crate::child::{LONG, alone, init, lines};
use crate::support::collector::Collector;
use std::time::Duration;
use tracing::{debug, debug_span, info, info_span, warn};

#[test]
fn the_filter_of_the_lines_does_not_silence_the_spans() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("RUST_LOG", "warn")];
    let output = alone("filter::the_filter_of_the_lines_does_not_silence_the_spans", &vars, || {
        let guard = init();
        info_span!("quiet").in_scope(|| {
            info!("not a line");
            warn!("a line");
            drop(debug_span!("below the default"));
        });
        guard.flush(LONG).expect("accepted");
    });
    let Some(output) = output else { return };
    let spans = collector.accepted();
    assert_eq!(spans.len(), 1);
    let events: Vec<_> = spans[0].events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(events, ["not a line", "a line"]);
    let lines = lines(&output);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let hex: String = spans[0].trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(lines[0]["trace_id"], hex);
}

#[test]
fn the_spans_have_a_filter_of_their_own() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("THROUGHLINE_SPANS", "warn,init=debug,init::noisy=off"),
    ];
    let output = alone("filter::the_spans_have_a_filter_of_their_own", &vars, || {
        let guard = init();
        debug_span!("fine").in_scope(|| debug!("finer than the lines"));
        drop(info_span!(target: "elsewhere", "not a warning"));
        drop(tracing::error_span!(target: "init::noisy", "off"));
        drop(tracing::trace_span!("too fine"));
        guard.flush(LONG).expect("accepted");
    });
    let Some(output) = output else { return };
    let spans = collector.accepted();
    let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["fine"]);
    assert_eq!(spans[0].events[0].name, "finer than the lines");
    assert!(lines(&output).is_empty(), "the lines have the default filter");
}

#[test]
fn our_own_warnings_are_let_through_unless_the_filter_speaks_of_us() {
    let name = "filter::our_own_warnings_are_let_through_unless_the_filter_speaks_of_us";
    // Nobody listens on port 1.
    for (filter, heard) in [("off", true), ("error,throughline=off", false)] {
        let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("RUST_LOG", filter)];
        let output = alone(name, &vars, || {
            let guard = init();
            drop(info_span!("undelivered"));
            assert!(guard.flush(Duration::from_millis(300)).is_err());
            assert!(guard.shutdown(Duration::from_millis(100)).is_err());
        });
        let Some(output) = output else { return };
        let warned =
            lines(&output).iter().any(|line| line["target"] == "throughline" && line["level"] == "WARN");
        assert_eq!(warned, heard, "{filter}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
