//! The machine: `host.name`, `host.id`, `host.arch` (semantic conventions, "Host").

use super::container;
use super::surroundings::Surroundings;
use crate::wire::KeyValue;

/// Where machine ids stand, on Linux and BSD.
const IDS: [&str; 3] = ["/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/hostid"];

pub(super) fn find(around: &Surroundings) -> Vec<KeyValue> {
    let mut found = vec![KeyValue::new("host.arch", arch(std::env::consts::ARCH))];
    found.extend(name(around).map(|name| KeyValue::new("host.name", name)));
    found.extend(id(around).map(|id| KeyValue::new("host.id", id)));
    found
}

fn name(around: &Surroundings) -> Option<String> {
    around
        .line("/proc/sys/kernel/hostname")
        .or_else(|| around.line("/etc/hostname"))
        .or_else(|| around.variable(&["COMPUTERNAME", "HOSTNAME"]))
}

/// The machine's id. In a container it would be that of the image, the same in all its containers.
fn id(around: &Surroundings) -> Option<String> {
    if container::is_inside(around) {
        return None;
    }
    let is_id =
        |id: &String| id.len() >= 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    IDS.iter().find_map(|path| around.line(path).filter(is_id))
}

/// The conventions' name of an architecture of Rust's.
fn arch(rust: &str) -> &str {
    match rust {
        "x86_64" => "amd64",
        "aarch64" | "arm64ec" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        // x86 and s390x have the same name; others have none there.
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: (&str, &str) = ("/etc/machine-id", "fdbf79e8af94cb7f9e8df36789187052\n");

    #[test]
    fn architectures_have_the_names_of_the_conventions() {
        let names = ["x86_64", "aarch64", "arm", "x86", "powerpc64", "s390x", "riscv64"].map(arch);
        assert_eq!(names, ["amd64", "arm64", "arm32", "x86", "ppc64", "s390x", "riscv64"]);
    }

    #[test]
    fn the_machine_id_is_given_where_it_is_one() {
        assert_eq!(id(&Surroundings::of(&[ID], &[])).as_deref(), Some("fdbf79e8af94cb7f9e8df36789187052"));
        for text in ["uninitialized\n", "\n", "abc"] {
            let files: &'static [_] = vec![("/etc/machine-id", text)].leak();
            assert_eq!(id(&Surroundings::of(files, &[])), None, "{text:?}");
        }
        let dbus = Surroundings::of(&[("/etc/machine-id", ""), ("/var/lib/dbus/machine-id", ID.1)], &[]);
        assert!(id(&dbus).is_some(), "the other place");
    }

    #[test]
    fn in_a_container_the_machine_id_is_not_given() {
        assert_eq!(id(&Surroundings::of(&[ID, ("/.dockerenv", "")], &[])), None);
        assert_eq!(id(&Surroundings::of(&[ID], &[("KUBERNETES_SERVICE_HOST", "10.0.0.1")])), None);
    }

    #[test]
    fn the_name_is_the_kernels_else_a_variables() {
        let both = Surroundings::of(&[("/proc/sys/kernel/hostname", "web-1\n")], &[("HOSTNAME", "other")]);
        assert_eq!(name(&both).as_deref(), Some("web-1"));
        assert_eq!(name(&Surroundings::of(&[], &[("HOSTNAME", "other")])).as_deref(), Some("other"));
        assert_eq!(name(&Surroundings::of(&[], &[])), None);
    }
}
