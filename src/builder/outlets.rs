//! `Outlets`: makes the exporters, of the process that the layer was built in and of those that it forks off.

use super::posting::Posting;
use crate::error::Error;
use crate::export::{ConsoleExporter, Envelope, Exporter, HttpConfig, Signal};
use crate::resource::Origin;
use crate::wire::{Resource, Scope};
use std::sync::Arc;

/// What exporters are made of. Arrays are by signal.
pub(super) struct Outlets {
    /// The program's own.
    pub(super) own: Vec<Arc<dyn Exporter>>,
    /// Where a signal is posted, if it is.
    pub(super) otlp: [Option<HttpConfig>; 2],
    /// Whether a signal is printed.
    pub(super) console: [bool; 2],
    pub(super) origin: Arc<Origin>,
    /// Of spans.
    pub(super) scope: Scope,
}

// === impl Outlets ===

impl Outlets {
    /// The exporters of a process, which has this resource. After a fork they have connections of their own; those of the
    /// program are shared.
    pub(super) fn posting(&self, resource: &Resource) -> Result<Posting, Error> {
        let mut posting = Posting::new(self.otlp.clone(), resource, &self.scope)?;
        posting.exporters.splice(0..0, self.own.iter().cloned());
        for signal in Signal::ALL.into_iter().filter(|signal| self.console[*signal as usize]) {
            posting.exporters.push(Arc::new(ConsoleExporter::new(signal)));
        }
        Ok(posting)
    }

    /// What requests of that process begin with.
    pub(super) fn envelope(&self, resource: &Resource) -> Envelope {
        Envelope::new(resource, &self.scope)
    }
}
