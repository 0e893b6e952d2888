//! `Service`: what stands in a chain.

use std::path::PathBuf;
use std::process::Command;

const BACKENDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/backends");
const SERVICES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/chain/services");
/// What a program needs of the environment that we run in. All else might make it another one.
const KEPT: [&str; 3] = ["PATH", "HOME", "XDG_CACHE_HOME"];

/// Whose make a service is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Make {
    Axum,
    Tonic,
    Python,
    Node,
    Ddtrace,
    XRay,
}

/// A service as it is to be started.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    make: Make,
    variables: Vec<(&'static str, String)>,
}

// === impl Service ===

impl Service {
    pub(crate) fn new(name: &'static str, make: Make) -> Service {
        Service { name, make, variables: vec![("OTEL_SERVICE_NAME", name.to_owned())] }
    }

    pub(crate) fn variable(mut self, name: &'static str, value: impl Into<String>) -> Service {
        self.variables.push((name, value.into()));
        self
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = match self.make {
            Make::Axum => ours("axum"),
            Make::Tonic => ours("tonic"),
            Make::Python => theirs("python-sdks", "with_opentelemetry.py"),
            Make::Node => theirs("node-sdks", "with_opentelemetry.cjs"),
            Make::Ddtrace => theirs("python-sdks", "with_ddtrace.py"),
            Make::XRay => theirs("python-sdks", "with_xray.py"),
        };
        command.env_clear().env("PYTHONDONTWRITEBYTECODE", "1");
        command.envs(KEPT.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

fn ours(kind: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_service"));
    command.arg(kind);
    command
}

fn theirs(sdks: &str, script: &str) -> Command {
    let output = Command::new(BACKENDS).args(["path", sdks]).output().expect("scripts/backends runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let interpreter = String::from_utf8(output.stdout).expect("a path");
    let mut command = Command::new(PathBuf::from(interpreter.trim_end()));
    command.arg(PathBuf::from(SERVICES).join(script));
    command
}
