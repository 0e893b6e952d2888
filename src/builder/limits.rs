//! Limits of spans and log records in the environment (OpenTelemetry specification, "Attribute Limits", "Span Limits",
//! "LogRecord Limits"): the signal's own before the general one.

use crate::env::Env;
use crate::record::Limits;

const COUNT: &str = "OTEL_ATTRIBUTE_COUNT_LIMIT";
const LENGTH: &str = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT";

pub(super) fn limits(env: &mut Env) -> Limits {
    let default = Limits::default();
    Limits {
        attributes: limit(env, &["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", COUNT], default.attributes),
        value_length: limit(env, &["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", LENGTH], default.value_length),
        events: limit(env, &["OTEL_SPAN_EVENT_COUNT_LIMIT"], default.events),
        links: limit(env, &["OTEL_SPAN_LINK_COUNT_LIMIT"], default.links),
        event_attributes: limit(env, &["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", COUNT], default.event_attributes),
        link_attributes: limit(env, &["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", COUNT], default.link_attributes),
        log_attributes: limit(env, &["OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", COUNT], default.log_attributes),
        log_value_length: limit(
            env,
            &["OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", LENGTH],
            default.log_value_length,
        ),
    }
}

fn limit(env: &mut Env, names: &[&'static str], default: usize) -> usize {
    let shown = if default == usize::MAX { "no limit".to_owned() } else { default.to_string() };
    env.number(names, &shown).unwrap_or(default)
}
