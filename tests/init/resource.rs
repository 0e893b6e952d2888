//! What is detected, and what wins over it.

use crate::child::{LONG, alone, attributes, resource};
use crate::support::collector::Collector;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use throughline::{Builder, Detector, builder};
use tracing::info_span;
use tracing_subscriber::prelude::*;

/// One span of a layer that exports to the collector.
fn work(builder: Builder) {
    let (layer, guard) = builder.build().expect("valid settings");
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || drop(info_span!("work")));
    guard.flush(LONG).expect("accepted");
}

fn url() -> String {
    std::env::var("THROUGHLINE_TEST_URL").expect("given")
}

#[test]
fn what_a_program_gives_wins_over_the_environment_and_that_over_what_is_detected() {
    let collector = Collector::accepting();
    let url_of_it = collector.url();
    let vars = [
        ("THROUGHLINE_TEST_URL", url_of_it.as_str()),
        ("OTEL_RESOURCE_ATTRIBUTES", "host.name=by-variable,os.type=by-variable,service.version=0"),
    ];
    let name = "resource::what_a_program_gives_wins_over_the_environment_and_that_over_what_is_detected";
    let output = alone(name, &vars, || {
        let builder = builder().endpoint(url()).service_version("1.2.3");
        work(
            builder
                .resource_attribute("os.type", "by code")
                .resource_attribute("process.owner", None::<String>),
        );
    });
    if output.is_some() {
        let of = |key| resource(&collector, key);
        assert_eq!(of("service.version").as_deref(), Some("1.2.3"));
        assert_eq!(of("os.type").as_deref(), Some("by code"));
        assert_eq!(of("host.name").as_deref(), Some("by-variable"));
        assert_eq!(of("process.owner"), None, "an empty value leaves the key out");
        assert_eq!(of("process.runtime.name").as_deref(), Some("rustc"));
        assert_eq!(of("telemetry.sdk.name").as_deref(), Some("throughline"));
        assert!(of("process.executable.path").is_some_and(|path| path.contains("init-")));
        let pid =
            attributes(&collector).into_iter().find(|it| it.key == "process.pid").and_then(|it| it.value);
        assert!(matches!(pid.and_then(|pid| pid.value), Some(Any::IntValue(1..))));
    }
}

#[test]
fn what_is_switched_off_is_not_detected() {
    let collector = Collector::accepting();
    let url_of_it = collector.url();
    let vars = [
        ("THROUGHLINE_TEST_URL", url_of_it.as_str()),
        ("KUBERNETES_SERVICE_HOST", "10.96.0.1"),
        ("POD_NAME", "web-1"),
    ];
    let output = alone("resource::what_is_switched_off_is_not_detected", &vars, || {
        let off =
            [Detector::Host, Detector::Process, Detector::Os, Detector::Container, Detector::Kubernetes];
        work(
            off.into_iter()
                .fold(builder().endpoint(url()), |builder, detector| builder.detect(detector, false)),
        );
    });
    if output.is_some() {
        let mut keys: Vec<_> = attributes(&collector).into_iter().map(|it| it.key).collect();
        keys.sort_unstable();
        let always = ["service.instance.id", "service.name", "telemetry.sdk.language", "telemetry.sdk.name"];
        assert_eq!(keys, [&always[..], &["telemetry.sdk.version"]].concat());
    }
}

#[test]
fn a_pod_is_told_by_the_variables_of_its_manifest() {
    let collector = Collector::accepting();
    let url_of_it = collector.url();
    let vars = [
        ("THROUGHLINE_TEST_URL", url_of_it.as_str()),
        ("KUBERNETES_SERVICE_HOST", "10.96.0.1"),
        ("POD_NAME", "web-1"),
        ("POD_NAMESPACE", "shop"),
    ];
    let output = alone("resource::a_pod_is_told_by_the_variables_of_its_manifest", &vars, || {
        work(builder().endpoint(url()));
    });
    if output.is_some() {
        assert_eq!(resource(&collector, "k8s.pod.name").as_deref(), Some("web-1"));
        assert_eq!(resource(&collector, "k8s.namespace.name").as_deref(), Some("shop"));
        assert_eq!(resource(&collector, "host.id"), None, "it would be that of the image");
    }
}
