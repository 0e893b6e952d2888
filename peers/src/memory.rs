//! The resident memory of this process.

/// The most that was ever resident, in bytes (`VmHWM` of `/proc/self/status`).
///
/// # Panics
/// Where there is no `/proc`: the benches run on Linux.
#[must_use]
pub fn peak_resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the benches run on Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("status has a VmHWM");
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("VmHWM is a number of kB");
    kib * 1024
}
