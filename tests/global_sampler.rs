//! A sampler of the program's own that uses `tracing`. Only under a global default does `tracing` hear what happens inside of
//! a call of the subscriber, so this is a binary of its own.

#[path = "support/mod.rs"]
mod support;

use support::{Lines, Recording, bare, without_hanging};
use throughline::{Sampler, SamplingDecision, SpanExt, current_context};
use tracing::{Dispatch, Span, dispatcher, info, info_span, warn};
use tracing_subscriber::{prelude::*, registry};

/// It may log, make spans, and ask for contexts, even that of the span that it decides on: no lock is held, none of it is
/// recorded, and what it says in the end counts.
#[test]
fn a_sampler_may_use_tracing_itself() {
    let lines = Lines::default();
    let writer = lines.clone();
    let sampler = Sampler::custom(|params| {
        warn!("deciding on {}", params.name());
        info_span!("inside").in_scope(|| info!("inside"));
        assert!(!current_context().is_valid() && !Span::current().context().is_valid(), "nobody knows yet");
        if params.name() == "kept" { SamplingDecision::Sample } else { SamplingDecision::Drop }
    });
    let (layer, recording) = Recording::new(bare().sampler(sampler));
    let format = throughline::log::correlated(tracing_subscriber::fmt::format().with_ansi(false));
    let fmt = tracing_subscriber::fmt::layer().with_writer(move || writer.clone()).event_format(format);
    let dispatch = Dispatch::new(registry().with(fmt).with(layer));
    dispatcher::set_global_default(dispatch).expect("the only one of this binary");
    let recording = without_hanging(|| {
        for name in ["kept", "dropped"] {
            info_span!("root", otel.name = name).in_scope(|| {
                info!("a line of {name}");
                drop(info_span!("child"));
            });
        }
        recording
    });
    let names: Vec<_> = recording.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["kept", "child"]);
    for name in ["kept", "dropped"] {
        assert!(lines.with(&format!("a line of {name}")).contains("trace_id="), "{}", lines.text());
        // One line each: it was asked once.
        assert!(!lines.with(&format!("deciding on {name}")).contains("trace_id="), "{}", lines.text());
    }
    let stats = recording.guard.stats();
    assert!(stats.is_balanced() && stats.started == 4, "{stats}");
}
