//! `Identity`: what some log formats say of the service on every line.

use crate::wire::{Resource, Value};

/// Name, environment and version of the service, where the resource has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) service: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) version: Option<String>,
}

// === impl Identity ===

impl Identity {
    pub(crate) fn of(resource: &Resource) -> Identity {
        let text = |key: &str| {
            let found = resource.attributes.iter().find(|attribute| attribute.key == key)?;
            match &found.value {
                Value::String(text) => Some(text.clone()),
                _ => None,
            }
        };
        Identity {
            service: text("service.name"),
            // The older name of the semantic conventions is still in wide use.
            environment: text("deployment.environment.name").or_else(|| text("deployment.environment")),
            version: text("service.version"),
        }
    }
}
