//! Names of fields: dotted, raw, quoted, from constants, with odd characters.

use tracing::{info, info_span};

use crate::hand::Hand;
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    field_dotted,
    field_raw_identifier,
    field_quoted,
    field_const,
    field_shorthand,
    field_log_prefix,
    field_otel_prefix,
    field_special_names_on_events,
    field_event_names_on_spans,
    field_long_name,
];

const REGION: &str = "cloud.region";

fn field_dotted(_: &dyn Hand) {
    let span = info_span!("work", http.request.method = "GET", a.b.c.d = 1).entered();
    info!(http.request.method = "GET", a.b.c.d = 1, "done");
    drop(span);
}

fn field_raw_identifier(_: &dyn Hand) {
    let span = info_span!("work", r#type = "card", r#match = 1).entered();
    info!(r#type = "card", "paid");
    drop(span);
}

fn field_quoted(_: &dyn Hand) {
    let span = info_span!("work", "guid:x-request-id" = "abc", "with space" = 1, "ünïcode" = true).entered();
    info!("x-y" = 1, "quote\"inside" = 2, "quoted");
    drop(span);
}

fn field_const(_: &dyn Hand) {
    let span = info_span!("work", { REGION } = "eu-1").entered();
    info!({ REGION } = "eu-1", "moved");
    drop(span);
}

fn field_shorthand(_: &dyn Hand) {
    struct Order {
        id: u32,
        name: &'static str,
    }
    let (user, order) = (7, Order { id: 3, name: "lamp" });
    let span = info_span!("work", user, order.id, %order.name).entered();
    info!(user, order.id, ?order.name, "ordered");
    drop(span);
}

fn field_log_prefix(_: &dyn Hand) {
    let span = info_span!("work", log.target = "mine", log.level = "high").entered();
    info!(log.level = "high", log.file.path = "a", log.count = 1, "own fields");
    info!(log.target = "mine", log.module_path = "m", log.file = "f", log.line = 1, "names of tracing-log");
    drop(span);
}

fn field_otel_prefix(_: &dyn Hand) {
    info_span!("work", otel.scope.name = "mine", otel.trace_id = "1", otel.status = "x").in_scope(|| {});
}

fn field_special_names_on_events(_: &dyn Hand) {
    let span = info_span!("work").entered();
    info!(otel.name = "n", otel.kind = "server", otel.status_code = "error", "only attributes");
    drop(span);
}

fn field_event_names_on_spans(_: &dyn Hand) {
    info_span!("work", message = "hello", error = "none", name = "field").in_scope(|| {});
    info_span!("formatted", "a {} message", 1).in_scope(|| {});
}

fn field_long_name(_: &dyn Hand) {
    const LONG: &str = concat!(
        "a.name.that.is.longer.than.one.hundred.and.twenty.eight.characters.so.that.its.length.takes.two.bytes.",
        "on.the.wire.and.the.whole.attribute.too"
    );
    info_span!("work", { LONG } = "short").in_scope(|| {});
}
