//! The command line of the binaries: `--name value` and `--name`.

/// The arguments of this process.
pub struct Args(Vec<String>);

// === impl Args ===

impl Args {
    /// Those this process was started with.
    #[must_use]
    pub fn from_env() -> Self {
        Args(std::env::args().skip(1).collect())
    }

    /// Whether `--name` was given.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// What follows `--name`.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(self.position(name)? + 1).map(String::as_str)
    }

    /// The number that follows `--name`, or this one.
    ///
    /// # Panics
    /// If what follows is no number.
    #[must_use]
    pub fn number(&self, name: &str, default: u64) -> u64 {
        self.text(name).map_or(default, |text| parse(name, text))
    }

    /// The numbers that follow `--name`, separated by commas.
    ///
    /// # Panics
    /// If one of them is no number.
    #[must_use]
    pub fn numbers(&self, name: &str) -> Option<Vec<u64>> {
        self.text(name).map(|text| text.split(',').map(|part| parse(name, part)).collect())
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|arg| arg.strip_prefix("--") == Some(name))
    }
}

fn parse(name: &str, text: &str) -> u64 {
    text.parse().unwrap_or_else(|_| panic!("--{name}: {text:?} is not a number"))
}
