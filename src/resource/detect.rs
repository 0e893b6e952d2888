//! What the process can tell of itself.

use crate::context::IdRng;
use crate::wire::{KeyValue, Resource};

/// The resource: the given attributes (later ones win), completed by what can be told without them.
pub(crate) fn resource(given: Vec<KeyValue>) -> Resource {
    let mut attributes: Vec<KeyValue> = Vec::new();
    for attribute in given {
        attributes.retain(|other| other.key != attribute.key);
        attributes.push(attribute);
    }
    for attribute in detected() {
        if attributes.iter().all(|other| other.key != attribute.key) {
            attributes.push(attribute);
        }
    }
    Resource { attributes, dropped_attributes_count: 0 }
}

fn detected() -> Vec<KeyValue> {
    let executable = executable();
    let mut found = vec![
        KeyValue::new("service.name", format!("unknown_service:{executable}")),
        KeyValue::new("service.instance.id", instance_id()),
        KeyValue::new("telemetry.sdk.name", "throughline"),
        KeyValue::new("telemetry.sdk.language", "rust"),
        KeyValue::new("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("process.pid", std::process::id()),
        KeyValue::new("process.executable.name", executable),
        KeyValue::new("os.type", std::env::consts::OS),
        KeyValue::new("host.arch", std::env::consts::ARCH),
    ];
    found.extend(host_name().map(|name| KeyValue::new("host.name", name)));
    found
}

fn executable() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(std::path::Path::file_name);
    name.map_or_else(|| "unknown".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// A random UUID (RFC 9562, version 4).
fn instance_id() -> String {
    let mut bytes = IdRng::unseeded().trace_id().to_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = crate::TraceId::from_bytes(bytes).to_string();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_attributes_win_and_the_last_of_a_key_counts() {
        let given = vec![
            KeyValue::new("service.name", "env"),
            KeyValue::new("os.type", "mine"),
            KeyValue::new("service.name", "code"),
        ];
        let resource = resource(given);
        let of = |key: &str| resource.attributes.iter().filter(|a| a.key == key).collect::<Vec<_>>();
        assert_eq!(of("service.name"), [&KeyValue::new("service.name", "code")]);
        assert_eq!(of("os.type"), [&KeyValue::new("os.type", "mine")]);
        assert_eq!(of("telemetry.sdk.name"), [&KeyValue::new("telemetry.sdk.name", "throughline")]);
    }

    #[test]
    fn an_instance_id_is_a_version_4_uuid() {
        let id = instance_id();
        assert_eq!((id.len(), &id[14..15]), (36, "4"), "{id}");
        assert!("89ab".contains(&id[19..20]), "{id}");
        assert_ne!(id, instance_id());
    }
}
