//! `Losses`: tells of what was refused or cut since it was told last.

use super::herald::{Herald, Tone};
use crate::export::Signal;
use crate::record::{Counts, Recorder};
use crate::tail::Stage;

/// How much of each kind has been told.
#[derive(Default)]
pub(super) struct Losses {
    memory: u64,
    queue: u64,
    truncated: u64,
    rate: u64,
    early: u64,
    budget: u64,
    rules: u64,
}

// === impl Losses ===

impl Losses {
    /// Tells of what is new.
    pub(super) fn tell(&mut self, recorder: &Recorder, tail: Option<&Stage>, herald: &Herald) {
        let ((mut counts, _), config) = (recorder.counts(), &recorder.config);
        if let Some(tail) = tail {
            let [spans, logs] = tail.counts().refused;
            counts.refused_memory += spans;
            counts.logs.refused_memory += logs;
            self.tell_of_tail(tail, herald);
        }
        let Counts { refused_memory, refused_queue, truncated, logs, .. } = counts;
        told(herald, "refused", &mut self.memory, refused_memory + logs.refused_memory, || {
            let refused = both(refused_memory, logs.refused_memory);
            format!("{refused} refused so far: all {} bytes of queue_bytes are in use", config.queue_bytes)
        });
        told(herald, "refused by number", &mut self.queue, refused_queue + logs.refused_queue, || {
            let refused = both(refused_queue, logs.refused_queue);
            format!(
                "{refused} refused so far: as many as OTEL_BSP_MAX_QUEUE_SIZE or OTEL_BLRP_MAX_QUEUE_SIZE allow waited"
            )
        });
        told(herald, "limits", &mut self.truncated, truncated, || {
            let spans = Signal::Traces.counted(truncated);
            format!(
                "{spans} lost attributes, events or links to limits so far (the dropped_*_count fields tell)"
            )
        });
        told(herald, "log storm", &mut self.rate, logs.refused_rate, || {
            let (logs, most) = (Signal::Logs.counted(logs.refused_rate), config.logs_per_second);
            format!("{logs} refused so far: their places in the code made more than {most} in a second")
        });
    }

    /// What it drops is what was asked for; what it could not wait for is not.
    fn tell_of_tail(&mut self, tail: &Stage, herald: &Herald) {
        let (counts, bytes) = (tail.counts(), tail.arena_bytes());
        told(herald, "tail early", &mut self.early, counts.outgrown + counts.crowded_out, || {
            format!(
                "tail: {} traces decided before their end so far: {} were larger than a quarter of the {bytes} bytes \
                 that may wait, {} had to make room (Tail::arena_bytes, Builder::queue_bytes)",
                counts.outgrown + counts.crowded_out,
                counts.outgrown,
                counts.crowded_out
            )
        });
        told(herald, "tail budget", &mut self.budget, counts.beyond_budget, || {
            let spans = Signal::Traces.counted(counts.beyond_budget);
            format!("tail: {spans} of failed or slow traces kept beyond the budget so far")
        });
        told(herald, "tail rule", &mut self.rules, counts.panics, || {
            format!("tail: a rule has panicked {} times so far; it counts as not met", counts.panics)
        });
    }
}

/// Tells of a kind if there is more of it, and remembers that if it was heard.
fn told(herald: &Herald, kind: &'static str, before: &mut u64, now: u64, text: impl FnOnce() -> String) {
    if now > *before && herald.tell(kind, Tone::Warn, text) {
        *before = now;
    }
}

/// "1 span and 2 log records", or the one that there is.
fn both(spans: u64, logs: u64) -> String {
    let each = [(Signal::Traces, spans), (Signal::Logs, logs)].into_iter().filter(|(_, count)| *count > 0);
    each.map(|(signal, count)| signal.counted(count)).collect::<Vec<_>>().join(" and ")
}
