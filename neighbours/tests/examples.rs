//! The example, run as a user runs it.

use std::process::Command;

#[test]
fn tonic_shows_one_trace_of_three_services_and_ends() {
    let test = std::env::current_exe().expect("a path of this test");
    let target = test.ancestors().nth(2).expect("target/debug/deps/examples-…");
    let tonic = target.join("examples").join(format!("tonic{}", std::env::consts::EXE_SUFFIX));
    let output = Command::new(tonic).arg("--exit").output().expect("built by `cargo test`");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && stderr.is_empty(), "{stdout}\n{stderr}");
    let name = |line: &str| line.split("Health/").nth(1).map(|name| name[..5].to_owned());
    let (service, calls): (Vec<_>, Vec<_>) = stdout
        .lines()
        .filter_map(|line| Some((line.split_whitespace().next()?.to_owned(), name(line)?)))
        .unzip();
    assert_eq!(service, ["front", "front", "orders", "orders", "stock", "orders", "stock"], "{stdout}");
    assert_eq!(calls, ["Check", "Check", "Check", "Check", "Check", "Watch", "Watch"], "{stdout}");
    // To the caller of `stock` that something is not found is an error, to nobody else.
    assert!(stdout.contains("3 services  1 error"), "{stdout}");
}
