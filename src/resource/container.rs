//! The container: `container.id`, from the control groups and mounts that Linux shows of a process.
//!
//! ```text
//! cgroup    = *( hierarchy ":" controllers ":" path LF )       version 1 has many lines, version 2 one: 0::path
//! mountinfo = *( id " " parent " " device " " root " " point " " ... LF )
//! ```
//!
//! In version 1, and in version 2 without a namespace of its own, the path names the container. Else only mounts tell:
//! a runtime puts a container's `/etc/hostname` into a directory with its id. In Kubernetes that directory is the one
//! of the pod's sandbox, so there the mounts say nothing of the container.

use super::kubernetes;
use super::surroundings::Surroundings;
use crate::wire::KeyValue;

const CGROUP: &str = "/proc/self/cgroup";
pub(super) const MOUNTS: &str = "/proc/self/mountinfo";
/// Digits of an id.
const DIGITS: usize = 64;
/// Digits of an id of Amazon's Fargate before its `-` and its number.
const FARGATE_DIGITS: usize = 32;
/// What a runtime mounts, the surest first: containers that share a network have the files of another in the others.
const POINTS: [&str; 4] = ["/run/.containerenv", "/etc/hostname", "/etc/resolv.conf", "/etc/hosts"];
/// Files that Docker and Podman put into a container.
const MARKS: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

pub(super) fn find(around: &Surroundings) -> Vec<KeyValue> {
    id(around).map(|id| KeyValue::new("container.id", id)).into_iter().collect()
}

/// Whether this is a container, be its id known or not.
pub(super) fn is_inside(around: &Surroundings) -> bool {
    kubernetes::is_inside(around)
        || MARKS.iter().any(|mark| around.file(mark).is_some())
        || id(around).is_some()
}

fn id(around: &Surroundings) -> Option<String> {
    let by_group = around.file(CGROUP).and_then(|text| of_cgroup(&text));
    let by_mounts = || of_mounts(&around.file(MOUNTS)?, kubernetes::is_inside(around));
    by_group.or_else(by_mounts)
}

fn of_cgroup(text: &str) -> Option<String> {
    text.lines().filter_map(|line| line.splitn(3, ':').nth(2)).find_map(of_path)
}

/// The id in a control group's path; of nested containers, that of the innermost.
fn of_path(path: &str) -> Option<String> {
    path.rsplit('/').find_map(of_group)
}

/// The id in the name of a group: `<id>`, `docker-<id>.scope`, `cri-containerd-<id>.scope`, `crio-<id>`,
/// `kubepods-pod<uid>.slice:cri-containerd:<id>`.
fn of_group(name: &str) -> Option<String> {
    let name = name.strip_suffix(".scope").unwrap_or(name);
    if name.split_once('-').is_some_and(|(id, number)| is_hex(id, FARGATE_DIGITS) && is_number(number)) {
        return Some(name.to_owned());
    }
    // The monitor of a container runs beside it, in a group of its own.
    let (kind, id) = name.rsplit_once(['-', ':']).unwrap_or(("", name));
    (is_hex(id, DIGITS) && !kind.ends_with("conmon")).then(|| id.to_owned())
}

fn of_mounts(text: &str, in_kubernetes: bool) -> Option<String> {
    let mounts = || text.lines().filter_map(mount);
    // The control groups are mounted from the container's own where the path above is hidden.
    let by_group = mounts().filter(|(_, point)| point.starts_with("/sys/fs/cgroup/"));
    if let Some(id) = by_group.filter_map(|(root, _)| of_path(root)).next() {
        return Some(id);
    }
    if in_kubernetes || mounts().any(|(root, _)| kubernetes::pod_of_mount(root).is_some()) {
        return None;
    }
    POINTS.iter().find_map(|wanted| {
        let (root, _) = mounts().find(|(root, point)| point == wanted && !root.contains("/sandboxes/"))?;
        root.rsplit('/').find(|part| is_hex(part, DIGITS)).map(str::to_owned)
    })
}

/// Root and mount point of a line.
pub(super) fn mount(line: &str) -> Option<(&str, &str)> {
    let mut fields = line.split(' ').skip(3);
    fields.next().zip(fields.next())
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
