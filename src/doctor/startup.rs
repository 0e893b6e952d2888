//! The check at start-up: in the background, and one line if something is wrong.

use super::check::check;
use super::doctor::Doctor;
use super::finding::Finding;
use super::report::Checked;
use crate::export::Signal;
use crate::worker::{Herald, Tone};
use std::sync::Arc;

/// What lanes call it when nobody takes their batches. Told by one of us, it is not told by the others for a while.
fn unreachable(signal: Signal) -> String {
    format!("unreachable: {signal} at otlp")
}

// === impl Doctor ===

impl Doctor {
    /// Checks each endpoint once, over the connections that exports use, and tells what is wrong with what to set. What is
    /// wrong with both signals for one reason is told once.
    pub(crate) async fn at_startup(self, herald: Arc<Herald>) {
        let mut told = Vec::new();
        for (signal, http) in &self.endpoints {
            let checked = check(*signal, http).await;
            let problems: Vec<_> = checked.findings().iter().map(Finding::problem).collect();
            let host = http.url().host_str().map(str::to_owned);
            if told.contains(&(host.clone(), problems.clone())) {
                herald.note(&unreachable(*signal));
            } else {
                tell(&herald, &checked);
                told.push((host, problems));
            }
        }
    }
}

fn tell(herald: &Herald, checked: &Checked) {
    let findings: Vec<_> = checked.findings().iter().map(ToString::to_string).collect();
    let (signal, text) = (checked.signal(), findings.join("; "));
    if findings.is_empty() {
        let text = format!("{signal}: {} takes them", checked.endpoint());
        herald.say(Tone::Debug, text);
    } else if checked.is_ok() {
        herald.say(Tone::Warn, format!("{signal} go to {}, but {text}", checked.endpoint()));
    } else if checked.findings().iter().any(Finding::is_absence) {
        let text = format!("{text}; {} are kept and sent again", signal.plural());
        herald.tell(&unreachable(signal), Tone::Warn, || text);
    } else {
        herald.say(Tone::Warn, format!("{signal} will not arrive: {text}"));
    }
}
