//! `Losses`: looks for what was refused or cut since it looked last, and has it told.

use super::herald::Herald;
use crate::export::Signal;
use crate::record::{Counts, Recorder};
use crate::tail::Stage;

/// How much of each kind the herald knows of.
#[derive(Default)]
pub(super) struct Losses {
    /// By signal.
    memory: [u64; 2],
    /// By signal.
    queue: [u64; 2],
    truncated: u64,
    id_reused: u64,
    rate: u64,
    outgrown: u64,
    crowded: u64,
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
        let Counts { refused_memory, refused_queue, truncated, lost_ids, logs, .. } = counts;
        let by_signal = [(refused_memory, refused_queue), (logs.refused_memory, logs.refused_queue)];
        for (signal, (memory, queue)) in Signal::ALL.into_iter().zip(by_signal) {
            let bytes = config.queue_bytes;
            let full = format!("refused: all {bytes} bytes of queue_bytes are in use");
            told(herald, "memory", signal, &mut self.memory[signal as usize], memory, &full);
            let variable = match signal {
                Signal::Traces => "OTEL_BSP_MAX_QUEUE_SIZE",
                Signal::Logs => "OTEL_BLRP_MAX_QUEUE_SIZE",
            };
            let full = format!("refused: as many as {variable} allows waited");
            told(herald, "number", signal, &mut self.queue[signal as usize], queue, &full);
        }
        let cut = "lost attributes, events or links to limits (the dropped_*_count fields tell)";
        told(herald, "limits", Signal::Traces, &mut self.truncated, truncated, cut);
        let reused = "lost: their ids were given to other spans before they were closed";
        told(herald, "ids", Signal::Traces, &mut self.id_reused, lost_ids, reused);
        let most = config.logs_per_second;
        let storm = format!("refused: their places in the code made more than {most} in a second");
        told(herald, "storm", Signal::Logs, &mut self.rate, logs.refused_rate, &storm);
    }

    /// What it drops is what was asked for; what it could not wait for is not.
    fn tell_of_tail(&mut self, tail: &Stage, herald: &Herald) {
        let (counts, bytes) = (tail.counts(), tail.arena_bytes());
        let outgrown = format!(
            "tail: local traces decided before their end, as they were larger than a quarter of the {bytes} bytes that may \
             wait (Tail::arena_bytes)"
        );
        more(herald, "tail outgrown", &mut self.outgrown, counts.outgrown, &outgrown);
        let crowded = "tail: local traces decided before their end, to make room (Tail::arena_bytes, Builder::queue_bytes)";
        more(herald, "tail crowded", &mut self.crowded, counts.crowded_out, crowded);
        let beyond = "tail: spans of failed or slow traces kept beyond the budget";
        more(herald, "tail budget", &mut self.budget, counts.beyond_budget, beyond);
        let panics = "tail: panics of rules, which then count as not met";
        more(herald, "tail rule", &mut self.rules, counts.panics, panics);
    }
}

/// As [`told`], of what is neither spans nor log records.
fn more(herald: &Herald, kind: &str, before: &mut u64, now: u64, what: &str) {
    let count = now.saturating_sub(*before);
    if count > 0 {
        *before = now;
        let what = what.to_owned();
        herald.lost(kind, count, move |count| format!("{what}: {count}"));
    }
}

/// Hands on how many there are more.
fn told(herald: &Herald, kind: &str, signal: Signal, before: &mut u64, now: u64, why: &str) {
    let more = now.saturating_sub(*before);
    if more > 0 {
        *before = now;
        let why = why.to_owned();
        herald.lost(&format!("{kind}: {signal}"), more, move |count| {
            format!("{} {why}", signal.counted(count))
        });
    }
}
