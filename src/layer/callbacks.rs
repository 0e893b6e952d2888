//! The callbacks of `tracing_subscriber::Layer`, each handing over to the recorder.

use super::Layer;
use crate::record::local::{self, Local};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Dispatch, Event, Interest, Metadata, Subscriber};
use tracing_subscriber::layer::Context;

impl Layer {
    /// Runs a callback, unless the thread is one of the worker's.
    #[inline]
    fn locally(&self, f: impl FnOnce(&Local)) {
        local::with(|local| {
            if !local.is_muted() {
                f(local);
            }
        });
    }
}

impl<S: Subscriber> tracing_subscriber::Layer<S> for Layer {
    fn on_register_dispatch(&self, subscriber: &Dispatch) {
        self.recorder().home.introduce(subscriber);
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // Made now so that no request pays for it. Other layers decide for themselves: always is the answer that
        // takes nothing away from them.
        self.locally(|local| {
            // A plan that the program has a say in waits until it is used: here `tracing` holds locks.
            if self.recorder().config.settings.redactor.is_none() {
                self.recorder().plan(local, metadata);
            }
        });
        Interest::always()
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        self.locally(|local| {
            let recorder = self.recorder();
            recorder.home.guess(id, attributes.metadata());
            let plan = recorder.plan(local, attributes.metadata());
            if plan.enabled {
                recorder.start(local, plan, attributes, id.into_u64());
            }
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        self.locally(|local| self.recorder().record(local, id.into_u64(), values));
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, _: Context<'_, S>) {
        self.locally(|local| self.recorder().follows_from(local, id.into_u64(), follows.into_u64()));
    }

    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        self.locally(|local| local.note_event(event, self.recorder().instance));
        true
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.locally(|local| self.recorder().event(local, event));
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        self.locally(|local| {
            let recorder = self.recorder();
            let Some(entered) = recorder.locate(local, id.into_u64()) else {
                return recorder.enter_hidden(local, id);
            };
            recorder.home.guess(id, entered.plan.metadata);
            recorder.entering(local, entered);
            local.enter(entered);
        });
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        self.locally(|local| {
            let (recorder, id) = (self.recorder(), id.into_u64());
            match local.leave(recorder.instance, id) {
                Some(cell) => recorder.left(local, id, cell),
                None => recorder.leave_below(local, id),
            }
        });
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        // A thread that is ending has no state of its own any more, but its spans are finished all the same.
        let done = local::with(|local| self.recorder().finish(Some(local), id.into_u64()));
        if done.is_none() {
            self.recorder().finish(None, id.into_u64());
        }
    }

    fn on_id_change(&self, old: &Id, new: &Id, _: Context<'_, S>) {
        self.recorder().rename(old.into_u64(), new.into_u64());
    }
}
