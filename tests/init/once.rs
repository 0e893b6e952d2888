//! One `init` for a process.

use crate::child::{LONG, alone, init};
use crate::support::collector::Collector;
use tracing::{info, info_span};

#[test]
fn a_second_init_is_a_clear_error_and_the_first_goes_on() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str())];
    let output = alone("once::a_second_init_is_a_clear_error_and_the_first_goes_on", &vars, || {
        let guard = init();
        let error = throughline::init().expect_err("the second");
        assert!(error.is_already_initialized() && !error.is_config(), "{error}");
        assert!(error.to_string().contains("already set"), "{error}");
        drop(info_span!("still recorded"));
        guard.flush(LONG).expect("accepted");
    });
    if output.is_some() {
        assert_eq!(collector.accepted().len(), 1);
    }
}

#[test]
fn a_subscriber_that_somebody_else_set_is_told_as_well() {
    alone::<&str>("once::a_subscriber_that_somebody_else_set_is_told_as_well", &[], || {
        tracing_subscriber::fmt().with_writer(std::io::sink).init();
        assert!(throughline::init().expect_err("the second").is_already_initialized());
    });
}

#[test]
fn a_scoped_default_that_came_before_is_no_obstacle() {
    let vars = [("OTEL_TRACES_EXPORTER", "none")];
    alone("once::a_scoped_default_that_came_before_is_no_obstacle", &vars, || {
        let early = tracing_subscriber::fmt().with_writer(std::io::sink).finish();
        tracing::subscriber::with_default(early, || info!("reading the configuration"));
        let guard = init();
        let _in = info_span!("recorded").entered();
        assert_eq!(guard.stats().started, 1);
    });
}
