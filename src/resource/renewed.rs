//! What of a resource is another in the child of a fork.

use super::detect::instance_id;
use crate::wire::{KeyValue, Resource, Value};

/// The resource of a forked process: its instance and its ids as a process are its own, unless the program or the
/// environment gave them.
pub(crate) fn renewed(resource: &Resource, given: &[String]) -> Resource {
    let mut renewed = resource.clone();
    let own = |attribute: &&mut KeyValue| !given.contains(&attribute.key);
    for attribute in renewed.attributes.iter_mut().filter(own) {
        if let Some(value) = of_process(&attribute.key) {
            attribute.value = value;
        }
    }
    renewed
}

fn of_process(key: &str) -> Option<Value> {
    match key {
        "service.instance.id" => Some(instance_id().into()),
        "process.pid" => Some(std::process::id().into()),
        #[cfg(unix)]
        "process.parent_pid" => Some(std::os::unix::process::parent_id().into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_stays_and_what_was_detected_is_found_again() {
        let attributes = ["service.instance.id", "process.pid", "service.name"];
        let attributes = attributes.map(|key| KeyValue::new(key, "old")).to_vec();
        let resource = Resource { attributes, dropped_attributes_count: 0 };
        let ours = renewed(&resource, &["process.pid".to_owned()]);
        let of = |key: &str| ours.attributes.iter().find(|it| it.key == key).map(|it| it.value.clone());
        assert_ne!(of("service.instance.id"), Some("old".into()));
        assert_eq!((of("process.pid"), of("service.name")), (Some("old".into()), Some("old".into())));
        let all = renewed(&resource, &[]);
        assert_eq!(all.attributes[1], KeyValue::new("process.pid", std::process::id()));
        assert_ne!(all.attributes[0], ours.attributes[0], "each process has its own");
    }
}
