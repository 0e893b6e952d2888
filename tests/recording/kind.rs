//! The name and the kind of a span, given early, late or by `Debug`.

use throughline::testing::{assert_tree, capture};
use tracing::field::Empty;
use tracing::info_span;

#[test]
fn name_and_kind_may_come_early_late_and_by_debug() {
    #[derive(Debug)]
    enum Kind {
        Server,
    }
    let trace = capture(|| {
        drop(info_span!("a", otel.name = "early", otel.kind = "server"));
        let late = info_span!("b", otel.name = Empty, otel.kind = Empty);
        late.in_scope(|| drop(info_span!("child")));
        late.record("otel.kind", "nonsense");
        late.record("otel.kind", "CLIENT").record("otel.name", "first").record("otel.name", "late");
        late.record("otel.kind", "nonsense");
        drop(late);
        drop(info_span!("c", otel.name = %format_args!("by {}", "display"), otel.kind = ?Kind::Server));
        drop(info_span!("d", otel.name = ?"quoted", otel.kind = ?"producer"));
        drop(info_span!("e", otel.kind = %"Consumer"));
        drop(info_span!("f", otel.kind = 3, otel.name = 5));
    });
    assert_tree!(
        trace,
        r#"
        early kind=server
        late kind=client
          child
        by display kind=server
        "\"quoted\"" kind=producer
        e kind=consumer
        5
        "#
    );
}
