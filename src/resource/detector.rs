//! `Detector`: a group of attributes that the process can tell of itself.

use super::surroundings::Surroundings;
use super::{container, host, kubernetes, os, process};
use crate::wire::KeyValue;

/// What is detected for the resource. All are on unless [`Builder::detect`](crate::Builder::detect) switches one off;
/// what a program or the environment gives wins over what is detected.
///
/// They read a few small files and variables when the layer is built, ask no other machine, and wait for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Detector {
    /// `host.name`, `host.arch`, and `host.id` (the machine id, outside of containers only).
    Host,
    /// `process.pid`, `process.parent_pid`, `process.executable.name`, `process.executable.path`, `process.owner`,
    /// `process.runtime.name`. Never the arguments: they may hold secrets.
    Process,
    /// `os.type`, `os.name`, `os.version`, `os.description`, `os.build_id`.
    Os,
    /// `container.id`, from the control groups (version 1 and 2) and mounts of Linux.
    Container,
    /// `k8s.*`, where `KUBERNETES_SERVICE_HOST` is set: from the variables that the downward API is usually given
    /// (`K8S_POD_NAME`, `POD_NAME`, `MY_POD_NAME`, and so on), from the mounts, and the namespace's file.
    Kubernetes,
}

/// Which detectors are on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Detectors {
    off: Vec<Detector>,
}

// === impl Detector ===

impl Detector {
    const ALL: [Detector; 5] =
        [Detector::Host, Detector::Process, Detector::Os, Detector::Container, Detector::Kubernetes];

    fn find(self, around: &Surroundings) -> Vec<KeyValue> {
        match self {
            Detector::Host => host::find(around),
            Detector::Process => process::find(around),
            Detector::Os => os::find(around),
            Detector::Container => container::find(around),
            Detector::Kubernetes => kubernetes::find(around),
        }
    }
}

// === impl Detectors ===

impl Detectors {
    pub(crate) fn switch(&mut self, detector: Detector, on: bool) {
        self.off.retain(|other| *other != detector);
        if !on {
            self.off.push(detector);
        }
    }

    pub(super) fn find(&self, around: &Surroundings) -> Vec<KeyValue> {
        let on = Detector::ALL.into_iter().filter(|detector| !self.off.contains(detector));
        on.flat_map(|detector| detector.find(around)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_can_be_switched_off_and_on_again() {
        let around = Surroundings::of_process();
        let prefixes = |detectors: &Detectors| {
            let found = detectors.find(&around);
            ["host.", "process.", "os."].map(|prefix| found.iter().any(|it| it.key.starts_with(prefix)))
        };
        let mut detectors = Detectors::default();
        assert_eq!(prefixes(&detectors), [true, true, true]);
        detectors.switch(Detector::Process, false);
        detectors.switch(Detector::Process, false);
        assert_eq!(prefixes(&detectors), [true, false, true]);
        detectors.switch(Detector::Process, true);
        detectors.switch(Detector::Host, false);
        detectors.switch(Detector::Os, false);
        assert_eq!(prefixes(&detectors), [false, true, false]);
    }
}
