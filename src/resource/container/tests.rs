//! What the runtimes show of a container.

use super::*;

const ID: &str = "9ec39b91f3d70e1beff50a308f77067065ea6be0d91a3378375056cd4422cf3d";
const OTHER: &str = "4f797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970";
const UID: &str = "3c5e0a2b-64cb-4b4e-a0ea-9c2c9e4d5a11";
const KUBERNETES: (&str, &str) = ("KUBERNETES_SERVICE_HOST", "10.96.0.1");

/// A sample with the names of ids filled in.
fn sample(text: &str) -> String {
    text.replace("{id}", ID)
        .replace("{other}", OTHER)
        .replace("{uid}", UID)
        .replace("{uid_}", &UID.replace('-', "_"))
}

fn around(cgroup: &str, mounts: &str, variables: &'static [(&'static str, &'static str)]) -> Surroundings {
    let leaked = |text: &str| -> &'static str { sample(text).leak() };
    let files = vec![(CGROUP, leaked(cgroup)), (MOUNTS, leaked(mounts))];
    Surroundings::of(files.leak(), variables)
}

#[test]
fn the_control_group_names_the_container() {
    for (runtime, cgroup) in [
        (
            "docker, version 1",
            "12:pids:/docker/{id}\n11:memory:/docker/{id}\n1:name=systemd:/docker/{id}\n0::/system.slice/containerd.service\n",
        ),
        (
            "docker, version 1, systemd",
            "5:cpu,cpuacct:/system.slice/docker-{id}.scope\n1:name=systemd:/system.slice/docker-{id}.scope\n",
        ),
        ("docker, version 2, the host's namespace", "0::/system.slice/docker-{id}.scope\n"),
        ("docker in docker", "4:memory:/docker/{other}/docker/{id}\n"),
        ("containerd, nerdctl", "3:cpuset:/default/{id}\n0::/system.slice\n"),
        ("containerd, nerdctl, systemd", "0::/system.slice/nerdctl-{id}.scope\n"),
        ("podman", "0::/machine.slice/libpod-{id}.scope/container\n"),
        (
            "podman, rootless",
            "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{id}.scope\n",
        ),
        ("podman, version 1", "9:devices:/machine.slice/libpod-{id}.scope\n1:name=systemd:/user.slice\n"),
        ("podman, cgroupfs", "0::/libpod_parent/libpod-{id}\n"),
        ("kubernetes, docker", "11:memory:/kubepods/besteffort/pod{uid}/{id}\n"),
        (
            "kubernetes, containerd, systemd",
            "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{uid_}.slice/cri-containerd-{id}.scope\n",
        ),
        (
            "kubernetes, containerd, version 1",
            "9:perf_event:/system.slice/containerd.service/kubepods-burstable-pod{uid_}.slice:cri-containerd:{id}\n",
        ),
        ("kubernetes, cri-o", "0::/kubepods.slice/kubepods-pod{uid_}.slice/crio-{id}.scope\n"),
        (
            "kubernetes, cri-o, version 1",
            "6:blkio:/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{uid_}.slice/crio-{id}.scope\n",
        ),
        ("kubernetes, kind, a namespace of its own", "0::/../../pod{uid}/{id}\n"),
        ("amazon ecs", "9:perf_event:/ecs/55091c13-b8cf-4801-b527-f4601742204d/{id}\n"),
    ] {
        assert_eq!(id(&around(cgroup, "", &[])).as_deref(), Some(ID), "{runtime}");
    }
    let fargate =
        "7:cpuset:/ecs/34dc0b5e626f2c5c4c5170e34b10e765/34dc0b5e626f2c5c4c5170e34b10e765-1234567890\n";
    let expected = "34dc0b5e626f2c5c4c5170e34b10e765-1234567890";
    assert_eq!(id(&around(fargate, "", &[])).as_deref(), Some(expected));
}

#[test]
fn where_the_control_group_is_hidden_the_mounts_name_it() {
    for (runtime, mounts) in [
        (
            "docker",
            "1036 1026 8:1 /var/lib/docker/containers/{id}/resolv.conf /etc/resolv.conf rw,relatime - ext4 /dev/sda1 rw\n\
             1037 1026 8:1 /var/lib/docker/containers/{id}/hostname /etc/hostname rw,relatime - ext4 /dev/sda1 rw\n\
             1038 1026 8:1 /var/lib/docker/containers/{id}/hosts /etc/hosts rw,relatime - ext4 /dev/sda1 rw\n",
        ),
        (
            "docker, the network of another",
            "1036 1026 8:1 /docker/containers/{other}/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda1 rw\n\
             1037 1026 8:1 /docker/containers/{id}/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n\
             1038 1026 8:1 /docker/containers/{other}/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n",
        ),
        (
            "containerd, nerdctl",
            "842 830 254:1 /var/lib/nerdctl/1935db59/containers/default/{id}/resolv.conf /etc/resolv.conf rw - ext4 /dev/vda1 rw\n\
             843 830 254:1 /var/lib/nerdctl/1935db59/etchosts/default/{id}/hosts /etc/hosts rw - ext4 /dev/vda1 rw\n",
        ),
        (
            "podman",
            "983 961 0:56 /containers/storage/overlay-containers/{id}/userdata/resolv.conf /etc/resolv.conf rw - tmpfs tmpfs rw\n\
             984 961 0:56 /containers/storage/overlay-containers/{id}/userdata/.containerenv /run/.containerenv rw - tmpfs tmpfs rw\n",
        ),
        (
            "podman, rootless, in a pod with an infra container",
            "983 961 0:56 /containers/overlay-containers/{other}/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw\n\
             984 961 0:56 /containers/overlay-containers/{id}/userdata/.containerenv /run/.containerenv rw - tmpfs tmpfs rw\n\
             985 961 0:56 /containers/overlay-containers/{id}/userdata/hostname /etc/hostname rw - tmpfs tmpfs rw\n",
        ),
        (
            "version 1, the group's own mount",
            "730 729 0:30 /docker/{id} /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory\n",
        ),
    ] {
        assert_eq!(id(&around("0::/\n", mounts, &[])).as_deref(), Some(ID), "{runtime}");
    }
}

#[test]
fn in_kubernetes_the_sandbox_is_not_taken_for_the_container() {
    for (runtime, mounts) in [
        (
            "containerd",
            "1412 1390 8:1 /var/lib/kubelet/pods/{uid}/etc-hosts /etc/hosts rw - ext4 /dev/sda1 rw\n\
             1414 1390 8:1 /var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/{other}/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n",
        ),
        (
            "cri-o",
            "1412 1390 8:1 /var/lib/kubelet/pods/{uid}/etc-hosts /etc/hosts rw - ext4 /dev/sda1 rw\n\
             1413 1390 0:25 /containers/storage/overlay-containers/{other}/userdata/hostname /etc/hostname rw - tmpfs tmpfs rw\n\
             1414 1390 0:25 /containers/storage/overlay-containers/{other}/userdata/.containerenv /run/.containerenv rw - tmpfs tmpfs rw\n",
        ),
    ] {
        assert_eq!(id(&around("0::/\n", mounts, &[])), None, "{runtime}");
        assert_eq!(id(&around("0::/\n", mounts, &[KUBERNETES])), None, "{runtime}");
        let with_group = around("0::/../cri-containerd-{id}.scope\n", mounts, &[KUBERNETES]);
        assert_eq!(id(&with_group).as_deref(), Some(ID), "{runtime}");
    }
    let sandbox =
        "1414 1390 8:1 /run/containerd/sandboxes/{other}/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n";
    assert_eq!(id(&around("0::/\n", sandbox, &[])), None);
}

#[test]
fn outside_of_a_container_there_is_no_id() {
    for (cgroup, mounts) in [
        ("0::/\n", ""),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", "22 27 0:21 / /proc rw - proc proc rw\n"),
        ("1:name=systemd:/\n4:memory:/app/a3d42129cfa3ba7eea50357ed57f034b\n", "short line\n\n"),
        // The daemon's own mounts, as the machine sees them.
        ("0::/init.scope\n", "99 27 0:55 / /var/lib/docker/containers/{id}/mounts/shm rw - tmpfs shm rw\n"),
        ("0::/system.slice/crio-conmon-{id}.scope\n", ""),
        ("not a control group", "\u{fffd} \u{fffd} \u{fffd}"),
        ("", ""),
    ] {
        let around = around(cgroup, mounts, &[]);
        assert_eq!(id(&around), None, "{cgroup}");
        assert!(!is_inside(&around), "{cgroup}");
    }
    assert!(is_inside(&Surroundings::of(&[("/.dockerenv", "")], &[])));
}
