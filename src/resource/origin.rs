//! `Origin`: the resource that was resolved, and what each process makes of it. Used by the builder and by `stats`.

use super::renewed::renewed;
use crate::record::{Recorder, fork};
use crate::wire::Resource;

/// The resource of the process that the layer was built in, and of those that it forks off.
pub(crate) struct Origin {
    resource: Resource,
    /// The keys that the program or the environment gave.
    given: Vec<String>,
    /// The count of forks when this was resolved.
    forks: u32,
}

// === impl Origin ===

impl Origin {
    pub(crate) fn new(resource: Resource, given: Vec<String>) -> Self {
        Origin { resource, given, forks: fork::count() }
    }

    /// As it was resolved.
    pub(crate) fn resolved(&self) -> &Resource {
        &self.resource
    }

    /// That of this process. It is found once, so that all that a child tells is told by one instance.
    pub(crate) fn here<'a>(&'a self, recorder: &'a Recorder) -> &'a Resource {
        match fork::count() == self.forks {
            true => &self.resource,
            false => recorder.renewed.get_or_init(|| renewed(&self.resource, &self.given)),
        }
    }
}
