//! `Recorder`: all that one `Layer` records into. Shared by the layer, the guard and the worker.

use super::caught::caught;
use super::counts::Counts;
use super::era::Era;
use super::events::Events;
use super::limits::Limits;
use super::local::{Entered, Local};
use super::open_span::{Decision, OpenSpan};
use super::plan::Plan;
use super::plans::{self, Settings, SettingsId};
use super::{fork, registered};
use crate::buffer::queue::Queue;
use crate::buffer::segment::Segment;
use crate::clock::{self, Clock};
use crate::context::{Context, IdGenerator, SpanId, TraceFlags, TraceId};
use crate::export::Signal;
use crate::log::Identity;
use crate::sampler::{Current, Sampler};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tracing_core::{LevelFilter, Metadata};

/// The state of one layer instance.
pub(crate) struct Recorder {
    /// Tells instances apart on a thread's stack. Counts from 1; the first built answers for a subscriber.
    pub(crate) instance: u32,
    /// What a forked process does not share with its parent; reached as if it were part of this.
    era: fork::Renewed<Era>,
    pub(crate) home: registered::Home,
    pub(crate) config: Config,
    settings_id: SettingsId,
    closed: AtomicBool,
    /// A sampler of the program's own did.
    pub(crate) sampler_panicked: AtomicBool,
    /// A ratio that ignores parents has been given one.
    pub(crate) ratio_saw_parent: AtomicBool,
    /// How long the shutdown may take that a signal asks for; unset: signals ask for none.
    #[cfg_attr(not(unix), allow(dead_code))]
    pub(crate) on_signal: OnceLock<Duration>,
}

/// What a recorder is built with.
pub(crate) struct Config {
    pub(crate) settings: Settings,
    pub(crate) limits: Limits,
    pub(crate) events: Events,
    /// Of one callsite; 0: no bound.
    pub(crate) logs_per_second: u32,
    /// Whether errors in events also set `exception.*` on their spans.
    pub(crate) exception_attributes: bool,
    /// Whether they, and events at ERROR, set the status of their spans.
    pub(crate) status_from_events: bool,
    /// Whether errors become span events where they become log records.
    pub(crate) exception_events: bool,
    /// What log lines may say of the service.
    pub(crate) identity: Identity,
    /// The sampler to begin with.
    pub(crate) sampler: Sampler,
    pub(crate) ids: Option<Arc<dyn IdGenerator>>,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    /// Set the random flag on traces begun here.
    pub(crate) random_flag: bool,
    /// Tell the spans that a panicking thread is in.
    pub(crate) panics: bool,
    /// Look for spans that are not left as they were entered.
    pub(crate) check_usage: bool,
    /// Count the time inside each span.
    pub(crate) busy_idle: bool,
    /// Nothing is recorded: spans only pass on the context that they were given.
    pub(crate) passes_on: bool,
    /// The names in baggage whose values become attributes of spans and log records, and stand on log lines.
    pub(crate) baggage_attributes: Vec<String>,
    /// The memory bound.
    pub(crate) queue_bytes: usize,
    /// By signal: so many may wait or be under way.
    pub(crate) queue_records: [Option<usize>; Signal::ALL.len()],
    /// The worker is woken when so many bytes of full segments wait.
    pub(crate) wake_bytes: usize,
    /// By signal: the worker is woken at every close, at every log record.
    pub(crate) wake_always: [bool; Signal::ALL.len()],
    /// The least urgent level that throughline itself speaks at.
    pub(crate) log_level: LevelFilter,
}

static INSTANCES: AtomicU32 = AtomicU32::new(0);

// === impl Recorder ===

impl Recorder {
    pub(crate) fn new(mut config: Config) -> Arc<Recorder> {
        fork::watch();
        clock::readjust();
        let instance = INSTANCES.fetch_add(1, Ordering::Relaxed) + 1;
        if config.settings.logs && config.logs_per_second > 0 {
            config.settings.counted_for = instance;
        }
        // Not kept here: what it owns goes once another is chosen.
        let sampler = Current::new(std::mem::take(&mut config.sampler), config.clock.is_some());
        let recorder = Arc::new(Recorder {
            instance,
            era: fork::Renewed::new(Era::new(&config, sampler, None)),
            home: registered::Home::default(),
            sampler_panicked: AtomicBool::new(false),
            settings_id: plans::register(&config.settings),
            config,
            closed: AtomicBool::new(false),
            ratio_saw_parent: AtomicBool::new(false),
            on_signal: OnceLock::new(),
        });
        registered::add(&recorder);
        recorder
    }

    /// The plan of a callsite.
    #[inline]
    pub(crate) fn plan(&self, local: &Local, metadata: &'static Metadata<'static>) -> &'static Plan {
        plans::plan_of(local, metadata, self.settings_id, &self.config.settings)
    }

    #[inline]
    pub(crate) fn now(&self, local: &Local) -> u64 {
        match &self.config.clock {
            None => clock::now(&local.line),
            Some(given) => {
                let now = guarded(|| given.now_unix_nanos()).unwrap_or_else(|| clock::now(&local.line));
                local.note_time(now);
                now
            }
        }
    }

    /// The time, without a call of the program's own clock: what that said to this thread last.
    pub(crate) fn now_without_calling_out(&self, local: &Local) -> u64 {
        match &self.config.clock {
            None => clock::now(&local.line),
            Some(_) => local.noted_time(),
        }
    }

    #[inline]
    pub(crate) fn new_span_id(&self, local: &Local) -> SpanId {
        let given =
            self.config.ids.as_ref().and_then(|ids| guarded(|| ids.span_id())).filter(|id| id.is_valid());
        given.unwrap_or_else(|| local.rng(fork::count()).span_id())
    }

    /// The id of a new trace, with the flags that go with it.
    pub(crate) fn new_trace_id(&self, local: &Local) -> (TraceId, TraceFlags) {
        if self.config.passes_on {
            return (TraceId::INVALID, TraceFlags::NONE);
        }
        let given =
            self.config.ids.as_ref().and_then(|ids| guarded(|| (ids.trace_id(), ids.random_trace_ids())));
        let (id, random) = given
            .filter(|(id, _)| id.is_valid())
            .unwrap_or_else(|| (local.rng(fork::count()).trace_id(), true));
        (id, TraceFlags::NONE.with_random(random && self.config.random_flag))
    }

    /// The innermost recorded span that this thread is in.
    #[inline]
    pub(crate) fn current(&self, local: &Local) -> Option<Entered> {
        local.current(self.instance)
    }

    /// A span by its id: where it is, without a lock if this thread knows it.
    #[inline]
    pub(crate) fn locate(&self, local: &Local, id: u64) -> Option<Entered> {
        local.recent(self.instance, id).or_else(|| {
            let found = self.look_up(id)?;
            local.touch(found);
            Some(found)
        })
    }

    #[cold]
    pub(crate) fn look_up(&self, id: u64) -> Option<Entered> {
        let shard = self.shards.of(id);
        let slot = shard.ids.get(id)?;
        let span = &shard.slots[slot as usize];
        let tenancy = span.cell.tenancy();
        Some(Entered { instance: self.instance, tenancy, id, cell: span.cell, plan: span.plan? })
    }

    /// Runs `f` on an open span, under its shard's lock; `None` if it is not open here. `f` must not call out.
    pub(crate) fn with_span<R>(&self, id: u64, hint: u32, f: impl FnOnce(&mut OpenSpan) -> R) -> Option<R> {
        let mut shard = self.shards.of(id);
        let span = shard.find(id, hint)?;
        let before = span.held();
        let result = f(span);
        let after = span.held();
        if after != before {
            shard.resized(before, after, &self.spares);
        }
        Some(result)
    }

    /// The context of an open span, given out: its parent and decision are now fixed.
    pub(crate) fn context_of(&self, id: u64, hint: u32) -> Option<Context> {
        self.with_decided(id, hint, OpenSpan::hand_out)
    }

    /// Runs `f` on an open span that is decided on, under its shard's lock; `None` if it is not open here, or is just being
    /// decided on by this thread. `f` must not call out, nor change the length of a buffer.
    pub(crate) fn with_decided<R>(
        &self,
        id: u64,
        hint: u32,
        f: impl FnOnce(&mut OpenSpan) -> R,
    ) -> Option<R> {
        let shard = self.shards.of(id);
        let slot = shard.locate(id, hint)?;
        let mut shard = self.decided(shard, slot);
        shard.find(id, slot).filter(|span| span.decision != Decision::Undecided).map(f)
    }

    /// Whether the span may still take what is recorded.
    #[inline]
    pub(crate) fn records(span: &OpenSpan) -> bool {
        span.decision != Decision::Unsampled && !span.exported
    }

    /// Whether one more frame may wait; `Some(true)`: it is time to wake the worker.
    #[inline]
    pub(super) fn admit(&self, signal: Signal) -> Option<bool> {
        match self.config.queue_records[signal as usize] {
            // The usual case touches nothing that other threads write.
            None => Some(false),
            Some(_) => self.spares.admit(signal),
        }
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Refuses what starts from now on.
    pub(crate) fn close_down(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// A full segment goes to the worker; whether enough has gathered to wake it. Under the lock of its shard, so that whoever
    /// collects has the segments of a thread in their order.
    #[cold]
    pub(crate) fn hand_over(&self, segment: Segment) -> bool {
        let length = segment.length();
        let waiting = self.queue(segment.signal()).push(segment);
        let step = self.config.wake_bytes.max(1);
        (waiting - length) / step != waiting / step
    }

    /// All of a signal that has been finished: of each shard full segments first, then what it has begun to fill.
    pub(crate) fn collect(&self, signal: Signal, segments: &mut Vec<Segment>) {
        for shard in self.shards.all() {
            let mut shard = shard.lock();
            self.queue(signal).take_into(segments);
            segments.extend(shard.collect(signal, &self.spares));
        }
        // What was full before and is of a shard that was visited early.
        self.queue(signal).take_into(segments);
    }

    /// Lets go of the spool: nothing more is finished.
    pub(crate) fn retire_spool(&self) {
        // First: no slot is taken any more.
        self.spares.spool().into_iter().for_each(|pool| pool.retire());
        self.shards.all().for_each(|shard| shard.lock().give_up_slots(&self.spares));
    }

    /// Goes on with another era, in the child of a fork. The old one stays in memory: threads that are no more may hold
    /// its locks, and what is in it is the parent's.
    pub(super) fn renew(&self, era: Box<Era>) {
        self.era.renew(era);
    }

    /// The full segments of a signal.
    pub(crate) fn queue(&self, signal: Signal) -> &Queue {
        &self.era.queues[signal as usize]
    }

    /// The counts of all shards, and how many spans are open.
    pub(crate) fn counts(&self) -> (Counts, u64) {
        let (mut sum, mut open) = (Counts::default(), 0);
        for shard in self.shards.all() {
            let shard = shard.lock();
            sum.add(&shard.counts);
            open += shard.open_count() as u64;
        }
        (sum, open)
    }
}

impl Deref for Recorder {
    type Target = Era;

    #[inline]
    fn deref(&self) -> &Era {
        &self.era
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        registered::remove(self.instance);
    }
}

/// Calls a clock or generator of the program's own. If it panics, ours takes its place: no callback panics.
pub(super) fn guarded<T>(call: impl FnOnce() -> T) -> Option<T> {
    caught(call)
}
