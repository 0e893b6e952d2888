//! Variables that mean nothing here yet, or never will: who sets one is told. And the choices of conventions, most of
//! which are no choice here.

use crate::env::Env;

/// The variable, why it does nothing, and what holds instead.
const UNBUILT: [(&str, &str, &str); 5] = [
    ("OTEL_CONFIG_FILE", "configuration files are not read", "what the other variables say"),
    ("OTEL_EXPERIMENTAL_CONFIG_FILE", "configuration files are not read", "what the other variables say"),
    ("OTEL_ENTITIES", "entities are not supported", "OTEL_RESOURCE_ATTRIBUTES"),
    ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", "the exporter for Zipkin is not built yet", "OTLP"),
    ("OTEL_EXPORTER_ZIPKIN_TIMEOUT", "the exporter for Zipkin is not built yet", "OTLP"),
];

pub(super) fn warn(env: &mut Env) {
    UNBUILT.into_iter().for_each(|(name, reason, instead)| env.not_built(name, reason, instead));
    warn_of_conventions(env);
}

/// Names of conventions: only the stable ones are written, which is what most of the list asks for.
fn warn_of_conventions(env: &mut Env) {
    const NAME: &str = "OTEL_SEMCONV_STABILITY_OPT_IN";
    for item in env.list(NAME).unwrap_or_default() {
        // The old names of RPC are those of `http`, which reads this list itself.
        if item != "rpc/dup" && item.ends_with("/dup") {
            env.warn(NAME, &item, "it is not built yet", "the one set of names that there is");
        }
    }
}

/// Whether errors become span events where they become log records. `logs`: no; `logs/dup`: yes (semantic conventions,
/// "Exceptions").
pub(super) fn exception_events(env: &mut Env) -> bool {
    const NAME: &str = "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN";
    let list = env.list(NAME).unwrap_or_default();
    for item in list.iter().filter(|item| !["logs", "logs/dup"].contains(&item.as_str())) {
        env.warn(NAME, item, "it is neither logs nor logs/dup", "the rest");
    }
    // Where both are named, the cautious one holds.
    let has = |name: &str| list.iter().any(|item| item == name);
    has("logs/dup") || !has("logs")
}
