//! The log lines.

use crate::child::{alone, init, lines};
use tracing::{debug, info, info_span};

#[test]
fn lines_are_json_where_there_is_no_terminal() {
    let vars = [("OTEL_TRACES_EXPORTER", "none")];
    let output = alone("lines::lines_are_json_where_there_is_no_terminal", &vars, || {
        let _guard = init();
        info!("outside");
        info_span!("work", n = 1).in_scope(|| info!(answer = 42, "inside"));
        debug!("below the default");
    });
    let Some(output) = output else { return };
    let lines = lines(&output);
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].get("trace_id").is_none());
    assert_eq!(lines[1]["fields"]["answer"], 42);
    for (key, length) in [("trace_id", 32), ("span_id", 16), ("trace_flags", 2)] {
        assert_eq!(lines[1][key].as_str().map(str::len), Some(length), "{key}");
    }
    assert!(!String::from_utf8_lossy(&output.stdout).contains('\u{1b}'), "no colours");
}
