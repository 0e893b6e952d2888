//! `Posting`: the exporters that post, with who checks their way and who speaks for them.

use crate::doctor::Doctor;
use crate::error::Error;
use crate::export::{Exporter, Http, HttpConfig, Notice, OtlpExporter, Signal, Tell};
use crate::wire::{Resource, Scope};
use crate::worker::{Herald, Tone};
use std::sync::{Arc, OnceLock};

/// Made before there is a herald, which speaks for all of it later.
pub(super) struct Posting {
    pub(super) exporters: Vec<Arc<dyn Exporter>>,
    pub(super) doctor: Doctor,
    speaker: Arc<OnceLock<Arc<Herald>>>,
}

// === impl Posting ===

impl Posting {
    pub(super) fn new(
        otlp: [Option<HttpConfig>; 2],
        resource: &Resource,
        of_spans: &Scope,
    ) -> Result<Posting, Error> {
        let (mut exporters, mut endpoints) = (Vec::<Arc<dyn Exporter>>::new(), Vec::new());
        let (tell, speaker) = speaker();
        for (signal, config) in Signal::ALL.into_iter().zip(otlp) {
            let Some(config) = config else { continue };
            let (bisect, http) = (config.bisect, Arc::new(Http::new(config, Arc::clone(&tell))?));
            endpoints.push((signal, Arc::clone(&http)));
            exporters.push(Arc::new(OtlpExporter::new(signal, http, bisect, resource, of_spans)));
        }
        Ok(Posting { exporters, doctor: Doctor::new(endpoints), speaker })
    }

    /// From now on there is somebody who speaks.
    pub(super) fn speak_through(&self, herald: &Arc<Herald>) {
        // The first and only one.
        let _ = self.speaker.set(Arc::clone(herald));
    }
}

/// How exporters tell what they do beside exporting, and where the herald that says it is put once there is one.
fn speaker() -> (Tell, Arc<OnceLock<Arc<Herald>>>) {
    let speaker = Arc::new(OnceLock::<Arc<Herald>>::new());
    let herald = Arc::clone(&speaker);
    let tell = move |notice: Notice| {
        let Some(herald) = herald.get() else { return };
        match notice {
            Notice::Renewed(text) => herald.say(Tone::Info, text),
            Notice::NotRenewed(text) => {
                herald.tell("certificates", Tone::Warn, || text);
            }
        }
    };
    (Arc::new(tell), speaker)
}
