//! A child process: this binary again, for one contender; it answers with one line of JSON.

use std::process::{Command, Stdio};

use serde_json::Value;

/// This binary, even if another build has replaced it at its path since.
pub const THIS: &str = "/proc/self/exe";

/// Runs this binary with `args` and reads the last line that it prints. What it says on stderr goes through.
///
/// # Panics
/// If the child cannot be started, fails, or answers with something else.
#[must_use]
pub fn ask(args: &[&str]) -> Value {
    let output = Command::new(THIS)
        .args(args)
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("{args:?}: {error}"));
    assert!(output.status.success(), "{args:?}: {}", output.status);
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{args:?}: {error} in {line:?}"))
}

/// A number of an answer.
///
/// # Panics
/// If the answer has no such number.
#[must_use]
pub fn number(answer: &Value, key: &str) -> f64 {
    answer[key].as_f64().unwrap_or_else(|| panic!("no number {key:?} in {answer}"))
}
