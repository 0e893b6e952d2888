//! `Surroundings`: the files and variables that the detectors look at.

use std::fs::File;
use std::io::Read;

/// Of a file so much is read. A list of mounts may be long; what matters stands at its beginning.
const MOST: u64 = 1 << 20;

type LookUp = Box<dyn Fn(&str) -> Option<String>>;

/// Where a process runs, as far as files and variables tell.
pub(crate) struct Surroundings {
    file: LookUp,
    variable: LookUp,
}

// === impl Surroundings ===

impl Surroundings {
    pub(crate) fn of_process() -> Self {
        Surroundings { file: Box::new(read), variable: Box::new(|name| std::env::var(name).ok()) }
    }

    /// These files and variables, and no others.
    #[cfg(test)]
    pub(crate) fn of(
        files: &'static [(&'static str, &'static str)],
        variables: &'static [(&'static str, &'static str)],
    ) -> Self {
        let of = |pairs: &'static [(&'static str, &'static str)]| -> LookUp {
            Box::new(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        Surroundings { file: of(files), variable: of(variables) }
    }

    /// The beginning of a file as text.
    pub(crate) fn file(&self, path: &str) -> Option<String> {
        (self.file)(path)
    }

    /// The only line of a file, if it has anything in it.
    pub(crate) fn line(&self, path: &str) -> Option<String> {
        filled(self.file(path)?)
    }

    /// The first of these variables that has anything in it.
    pub(crate) fn variable(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| filled((self.variable)(name)?))
    }
}

fn read(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MOST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn filled(text: String) -> Option<String> {
    let trimmed = text.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}
