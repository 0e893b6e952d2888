//! A test in a process of its own.

use std::process::Command;

const CHILD: &str = "THROUGHLINE_TEST_CHILD";

/// In the child: runs `body`. In the parent: runs the test of this name in a child, and fails if that fails.
pub(crate) fn alone(test: &str, body: impl FnOnce()) {
    if std::env::var_os(CHILD).is_some() {
        return body();
    }
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    let output = command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .output()
        .expect("it starts");
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    let told: Vec<_> = text.lines().filter(|line| line.contains("MiB")).collect();
    eprintln!("{}", told.join("\n"));
}
