//! `Outlets`: makes the exporters, of the process that the layer was built in and of those that it forks off.

use super::posting::Posting;
use crate::error::Error;
use crate::export::{ConsoleExporter, Envelope, Exporter, HttpConfig, Signal};
use crate::record::fork;
use crate::resource::renewed;
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
    pub(super) resource: Resource,
    /// The keys of the resource that the program or the environment gave.
    pub(super) given: Vec<String>,
    /// Of spans.
    pub(super) scope: Scope,
    /// The count of forks when this was resolved.
    pub(super) forks: u32,
}

// === impl Outlets ===

impl Outlets {
    /// The exporters of this process. After a fork they have connections of their own, and tell of the process that it
    /// is; those of the program are shared.
    pub(super) fn posting(&self) -> Result<Posting, Error> {
        let mut posting = Posting::new(self.otlp.clone(), &self.resource(), &self.scope)?;
        posting.exporters.splice(0..0, self.own.iter().cloned());
        for signal in Signal::ALL.into_iter().filter(|signal| self.console[*signal as usize]) {
            posting.exporters.push(Arc::new(ConsoleExporter::new(signal)));
        }
        Ok(posting)
    }

    /// What requests of this process begin with.
    pub(super) fn envelope(&self) -> Envelope {
        Envelope::new(&self.resource(), &self.scope)
    }

    fn resource(&self) -> Resource {
        match fork::count() == self.forks {
            true => self.resource.clone(),
            false => renewed(&self.resource, &self.given),
        }
    }
}
