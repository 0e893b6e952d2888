//! `Layer`: what is put into a subscriber.

use crate::record::Recorder;
use std::fmt;
use std::sync::Arc;

/// A [`tracing_subscriber::Layer`] that records spans and events.
///
/// Made by [`builder`](crate::builder) together with the [`Guard`](crate::Guard) that delivers what it records. It
/// works with any subscriber that assigns span ids as `tracing_subscriber::Registry` does, alone or beside other
/// layers, filtered, reloadable, in an `Option`, a `Vec` or a `Box`.
///
/// Its own filter ([`Builder::spans`](crate::Builder::spans)) decides which spans and events it records; it never
/// takes anything away from other layers.
pub struct Layer {
    recorder: Arc<Recorder>,
}

// === impl Layer ===

impl Layer {
    pub(crate) fn new(recorder: Arc<Recorder>) -> Self {
        Layer { recorder }
    }

    #[inline]
    pub(crate) fn recorder(&self) -> &Arc<Recorder> {
        &self.recorder
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        // Another subscriber may get the address.
        self.recorder.home.forget();
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layer").finish_non_exhaustive()
    }
}
