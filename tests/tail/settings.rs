//! What cannot be used is refused when the layer is built.

use crate::Taken;
use crate::support::bare;
use throughline::{Error, Rule, Tail};

fn refused(tail: Tail) -> Option<String> {
    let error = bare().exporter(Taken::default()).tail(tail).build().err();
    assert!(error.as_ref().is_none_or(Error::is_config));
    error.map(|error| error.to_string())
}

#[test]
fn bad_numbers_are_errors_that_name_them() {
    for share in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let text = refused(Tail::keep_errors().ratio_of_the_rest(share)).expect("refused");
        assert!(text.starts_with("ratio_of_the_rest: ") && text.contains("from 0 to 1"), "{text}");
    }
    for percentile in [0.0, 1.0, 49.9, 99.9999, 100.0, f64::NAN] {
        let text = refused(Tail::keep_errors().keep_slowest_percentile(percentile)).expect("refused");
        assert!(
            text.contains("keep_slowest_percentile") && text.contains("99 keeps the slowest 1 %"),
            "{text}"
        );
    }
    for fine in [50.0, 99.0, 99.99, 99.999] {
        assert_eq!(refused(Tail::keep_errors().keep_slowest_percentile(fine)), None);
    }
}

#[test]
fn so_are_too_many_rules_nameless_ones_and_directives_that_cannot_be_read() {
    let rules = |count| (0..count).fold(Tail::keep_errors(), |tail, n| tail.rule(Rule::keep(n.to_string())));
    assert_eq!(refused(rules(64)), None);
    assert!(refused(rules(65)).is_some_and(|text| text.contains("65 rules")));
    assert!(refused(Tail::keep_errors().rule(Rule::drop(""))).is_some_and(|text| text.contains("no name")));
    for rule in [Rule::keep("odd").root(""), Rule::drop("odd").span("a").span("GET \\").root("b")] {
        let text = refused(Tail::keep_errors().rule(rule)).expect("refused");
        assert!(text.starts_with("rule: \"odd\"") && text.contains("pattern"), "{text}");
    }
    let text = refused(Tail::keep_errors().flight_recorder("a=nonsense")).expect("refused");
    assert!(text.contains("flight_recorder") && text.contains("a=nonsense"), "{text}");
}

#[test]
fn odd_bounds_are_brought_within_reason() {
    let tail =
        Tail::keep_errors().arena_bytes(0).remember(0).budget(0).wait_at_most(std::time::Duration::MAX);
    assert_eq!(refused(tail), None);
    assert_eq!(refused(Tail::keep_errors().arena_bytes(usize::MAX).remember(100_000)), None);
}
