//! `Source`: who sent a span.

use throughline::wire::{Resource, Value};

/// The service and the resource that a span came from.
#[derive(Debug, PartialEq)]
pub struct Source {
    service: Box<str>,
    resource: Resource,
}

// === impl Source ===

impl Source {
    pub(crate) fn new(resource: Resource) -> Self {
        let named = resource.attributes.iter().find(|attribute| attribute.key == "service.name");
        // The names that Jaeger makes up.
        let service = match named.map(|attribute| &attribute.value) {
            None => "missing-service-name",
            Some(Value::String(name)) if name.is_empty() => "empty-service-name",
            Some(Value::String(name)) => name,
            Some(_) => "service-name-wrong-type",
        };
        Source { service: service.into(), resource }
    }

    /// The service's name; never empty: `missing-service-name` and the like say what was wrong with it.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The resource as it was sent.
    #[must_use]
    pub fn resource(&self) -> &Resource {
        &self.resource
    }
}
