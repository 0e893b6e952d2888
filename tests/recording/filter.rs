//! Our own filter of spans and events.

use crate::support::{bare, names, record};
use tracing::{debug, debug_span, info, info_span};

#[test]
fn spans_below_the_level_of_our_filter_are_not_recorded_nor_are_their_events() {
    let recording = record(bare().spans("warn,recording=info"), || {
        let _in = info_span!("mine").entered();
        drop(debug_span!("too fine"));
        drop(info_span!(target: "elsewhere", "not a warning"));
        debug!("too fine");
        info!(target: "elsewhere", "not a warning");
        info!("mine");
    });
    assert_eq!(recording.spans().len(), 1);
    assert_eq!(names(&recording.span("mine").events), ["mine"]);
    assert_eq!(recording.guard.stats().started, 1);
}
