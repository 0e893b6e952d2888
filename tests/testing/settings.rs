//! Captures with settings of their own.

use std::panic::catch_unwind;
use throughline::Sampler;
use throughline::testing::{Capture, assert_tree, capture};
use tracing::{debug, debug_span, info, info_span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::{fmt, prelude::*, registry};

#[test]
fn a_filter_narrows_what_is_captured() {
    let capture = Capture::with(|builder| builder.spans("info"));
    capture.run(|| {
        let _seen = info_span!("seen").entered();
        let _hidden = debug_span!("hidden").entered();
        debug!("hidden");
        info_span!("below").in_scope(|| info!("seen"));
    });
    assert_tree!(
        capture.finish(),
        "
        seen
          below
            * seen level=INFO
        "
    );
}

#[test]
fn a_sampler_decides_what_is_captured() {
    let capture = Capture::with(|builder| builder.sampler(Sampler::ratio(0.0)));
    capture.run(|| drop(info_span!("dropped")));
    assert_tree!(capture.finish(), "");
}

#[test]
fn attributes_that_change_with_every_edit_are_there_if_they_are_asked_for() {
    let capture = Capture::with(|builder| {
        builder.code_attributes(true).thread_attributes(true).target_attribute(true).level_attribute(true)
    });
    capture.run(|| info_span!("located", own = 1).in_scope(|| info!("here")));
    let trace = capture.finish();
    let located = trace.span("located");
    assert_eq!(located.attr("target"), module_path!());
    assert_eq!(located.attr("code.file.path"), file!());
    assert_eq!(located.event("here").attr("code.file.path"), file!());
    assert!(located.try_attr("thread.id").is_some() && located.try_attr("level").is_some());
}

#[test]
fn the_environment_has_no_say() {
    const NAME: &str = "OTEL_SDK_DISABLED";
    if std::env::var_os(NAME).is_some() {
        return assert_tree!(capture(|| drop(info_span!("captured"))), "captured");
    }
    let this = std::env::current_exe().expect("a test has a file");
    let mut child = std::process::Command::new(this);
    child.args(["--exact", "settings::the_environment_has_no_say"]);
    child.env(NAME, "true").env("OTEL_TRACES_SAMPLER", "always_off").env("THROUGHLINE_SPANS", "off");
    child.env("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "0").env("OTEL_EXPORTER_OTLP_ENDPOINT", "no URL");
    let output = child.output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn other_layers_and_filters_may_be_around() {
    let capture = Capture::in_subscriber(
        |builder| builder,
        |layer| {
            registry()
                .with(fmt::layer().with_writer(std::io::sink))
                .with(layer.with_filter(LevelFilter::INFO))
        },
    );
    capture.run(|| info_span!("seen").in_scope(|| drop(debug_span!("filtered"))));
    assert_tree!(capture.finish(), "seen");
}

#[test]
fn a_setting_that_cannot_be_used_is_told() {
    let panic =
        catch_unwind(|| drop(Capture::with(|builder| builder.spans("a=loud")))).expect_err("no such level");
    let message = panic.downcast::<String>().expect("a formatted message");
    assert!(message.starts_with("spans: \"a=loud\" cannot be used: "), "{message}");
}

#[test]
fn spans_that_did_not_fit_are_told_instead_of_left_out() {
    let capture = Capture::with(|builder| builder.queue_bytes(64 << 10));
    let text = "x".repeat(1 << 10);
    capture.run(|| (0..100).for_each(|_| drop(info_span!("large", text = text.as_str()))));
    let finish = std::panic::AssertUnwindSafe(|| drop(capture.finish()));
    let panic = catch_unwind(finish).expect_err("100 KiB do not fit into 64");
    let message = panic.downcast::<String>().expect("a formatted message");
    assert!(
        message.ends_with("spans could not be captured: raise queue_bytes, or capture less"),
        "{message}"
    );
}

#[test]
fn a_capture_takes_as_many_spans_as_fit() {
    let trace = capture(|| (0..20_000).for_each(|n| drop(info_span!("one of many", n))));
    assert_eq!(trace.spans().len(), 20_000);
    assert!(trace.spans().iter().enumerate().all(|(n, span)| *span.attr("n") == n));
}
