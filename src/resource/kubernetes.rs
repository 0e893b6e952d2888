//! The pod: `k8s.*` (semantic conventions, "Kubernetes"), from the variables that the downward API is usually given.
//!
//! Kubernetes tells a container little unasked: its namespace, and its pod's id in paths. For the rest a manifest has to
//! set variables, and the names below are those that guides and operators use.

use super::container;
use super::surroundings::Surroundings;
use crate::wire::KeyValue;

/// Every container of a pod has it, unless somebody takes pains.
const MARK: &str = "KUBERNETES_SERVICE_HOST";
const NAMESPACE_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
const CGROUP: &str = "/proc/self/cgroup";

/// Attributes, and the variables that they are taken from; the first that is set counts.
const VARIABLES: [(&str, &[&str]); 12] = [
    (
        "k8s.pod.name",
        &[
            "K8S_POD_NAME",
            "POD_NAME",
            "MY_POD_NAME",
            "KUBERNETES_POD_NAME",
            "OTEL_RESOURCE_ATTRIBUTES_POD_NAME",
        ],
    ),
    (
        "k8s.pod.uid",
        &["K8S_POD_UID", "POD_UID", "MY_POD_UID", "KUBERNETES_POD_UID", "OTEL_RESOURCE_ATTRIBUTES_POD_UID"],
    ),
    (
        "k8s.namespace.name",
        &[
            "K8S_NAMESPACE_NAME",
            "K8S_NAMESPACE",
            "K8S_POD_NAMESPACE",
            "POD_NAMESPACE",
            "MY_POD_NAMESPACE",
            "KUBERNETES_NAMESPACE",
        ],
    ),
    (
        "k8s.node.name",
        &[
            "K8S_NODE_NAME",
            "NODE_NAME",
            "MY_NODE_NAME",
            "KUBERNETES_NODE_NAME",
            "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME",
        ],
    ),
    ("k8s.container.name", &["K8S_CONTAINER_NAME", "CONTAINER_NAME"]),
    ("k8s.deployment.name", &["K8S_DEPLOYMENT_NAME", "DEPLOYMENT_NAME"]),
    ("k8s.replicaset.name", &["K8S_REPLICASET_NAME", "REPLICASET_NAME"]),
    ("k8s.statefulset.name", &["K8S_STATEFULSET_NAME", "STATEFULSET_NAME"]),
    ("k8s.daemonset.name", &["K8S_DAEMONSET_NAME", "DAEMONSET_NAME"]),
    ("k8s.job.name", &["K8S_JOB_NAME"]),
    ("k8s.cronjob.name", &["K8S_CRONJOB_NAME", "CRONJOB_NAME"]),
    ("k8s.cluster.name", &["K8S_CLUSTER_NAME", "CLUSTER_NAME"]),
];

pub(super) fn find(around: &Surroundings) -> Vec<KeyValue> {
    if !is_inside(around) {
        return Vec::new();
    }
    let value = |key: &str, names: &[&str]| {
        around.variable(names).or_else(|| match key {
            "k8s.pod.name" => pod_name(around),
            "k8s.pod.uid" => pod_uid(around),
            "k8s.namespace.name" => around.line(NAMESPACE_FILE),
            _ => None,
        })
    };
    VARIABLES.into_iter().filter_map(|(key, names)| Some(KeyValue::new(key, value(key, names)?))).collect()
}

/// Whether this is a container of a pod. Several of the variables mean other things elsewhere.
pub(super) fn is_inside(around: &Surroundings) -> bool {
    around.variable(&[MARK]).is_some()
}

/// A pod's host is named like the pod, unless it uses the network of its node.
fn pod_name(around: &Surroundings) -> Option<String> {
    let node = around.variable(&["K8S_NODE_NAME", "NODE_NAME", "MY_NODE_NAME"]);
    around.variable(&["HOSTNAME"]).filter(|host| Some(host) != node.as_ref())
}

/// The pod's id in its control group or in the mount of its `/etc/hosts`.
fn pod_uid(around: &Surroundings) -> Option<String> {
    let group = || around.file(CGROUP)?.lines().find_map(pod_of_group);
    let mounts =
        || around.file(container::MOUNTS)?.lines().find_map(|line| pod_of_mount(container::mount(line)?.0));
    group().or_else(mounts)
}

/// `.../pod<uid>/...` or `.../kubepods-burstable-pod<uid, "_" for "-">.slice/...`.
fn pod_of_group(path: &str) -> Option<String> {
    path.split(['/', ':']).find_map(|part| {
        let part = part.strip_suffix(".slice").unwrap_or(part);
        let uid = part.rsplit_once("pod").filter(|(before, _)| before.is_empty() || before.ends_with('-'))?.1;
        let uid = uid.replace('_', "-");
        is_uid(&uid).then_some(uid)
    })
}

/// `/var/lib/kubelet/pods/<uid>/...`.
pub(super) fn pod_of_mount(root: &str) -> Option<String> {
    let uid = root.split_once("/pods/")?.1.split('/').next()?;
    is_uid(uid).then(|| uid.to_owned())
}

/// A UUID, or the digest that a static pod has instead.
fn is_uid(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    match text.len() {
        32 => text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        36 => text.bytes().enumerate().all(|(at, byte)| match dashes.contains(&at) {
            true => byte == b'-',
            false => byte.is_ascii_hexdigit(),
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IN: (&str, &str) = (MARK, "10.96.0.1");
    const UID: &str = "3c5e0a2b-64cb-4b4e-a0ea-9c2c9e4d5a11";

    fn found(around: &Surroundings) -> Vec<(String, String)> {
        let text = |it: KeyValue| match it.value {
            crate::wire::Value::String(text) => (it.key, text),
            other => panic!("{}: {other:?}", it.key),
        };
        find(around).into_iter().map(text).collect()
    }

    #[test]
    fn the_usual_variables_are_read_where_this_is_a_pod() {
        const SET: &[(&str, &str)] = &[
            IN,
            ("POD_NAME", "web-7d4b-x2k"),
            ("K8S_POD_NAME", "ours-first"),
            ("MY_POD_UID", UID),
            ("POD_NAMESPACE", "shop"),
            ("NODE_NAME", "node-3"),
            ("CONTAINER_NAME", " web "),
            ("DEPLOYMENT_NAME", ""),
        ];
        let expected = [
            ("k8s.pod.name", "ours-first"),
            ("k8s.pod.uid", UID),
            ("k8s.namespace.name", "shop"),
            ("k8s.node.name", "node-3"),
            ("k8s.container.name", "web"),
        ];
        assert_eq!(
            found(&Surroundings::of(&[], SET)),
            expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
        assert!(found(&Surroundings::of(&[], &SET[1..])).is_empty(), "elsewhere they mean other things");
    }

    #[test]
    fn what_no_variable_says_is_told_by_the_host_the_paths_and_the_namespaces_file() {
        const FILES: &[(&str, &str)] = &[
            (NAMESPACE_FILE, "shop"),
            (CGROUP, "0::/\n"),
            (
                container::MOUNTS,
                "612 600 8:1 /var/lib/kubelet/pods/3c5e0a2b-64cb-4b4e-a0ea-9c2c9e4d5a11/etc-hosts /etc/hosts rw - ext4 /dev/sda1 rw",
            ),
        ];
        let expected =
            [("k8s.pod.name", "web-7d4b-x2k"), ("k8s.pod.uid", UID), ("k8s.namespace.name", "shop")];
        assert_eq!(
            found(&Surroundings::of(FILES, &[IN, ("HOSTNAME", "web-7d4b-x2k")])),
            expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
        let on_the_host = Surroundings::of(&[], &[IN, ("HOSTNAME", "node-3"), ("NODE_NAME", "node-3")]);
        assert_eq!(found(&on_the_host), [("k8s.node.name".to_owned(), "node-3".to_owned())]);
    }

    #[test]
    fn the_pods_id_is_found_in_the_groups_of_either_driver() {
        for (path, uid) in [
            ("5:cpu:/kubepods/burstable/pod3c5e0a2b-64cb-4b4e-a0ea-9c2c9e4d5a11/ab", Some(UID)),
            (
                "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod3c5e0a2b_64cb_4b4e_a0ea_9c2c9e4d5a11.slice/x",
                Some(UID),
            ),
            ("0::/kubepods-pod3c5e0a2b_64cb_4b4e_a0ea_9c2c9e4d5a11.slice:cri-containerd:ab", Some(UID)),
            ("0::/kubepods/pod0123456789abcdef0123456789abcdef/x", Some("0123456789abcdef0123456789abcdef")),
            ("0::/kubepods/podium/x", None),
            ("0::/", None),
        ] {
            assert_eq!(pod_of_group(path).as_deref(), uid, "{path}");
        }
    }
}
