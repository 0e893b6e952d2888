//! `TlsFiles`: where authorities, certificate and key are read from, again and again, since they rotate.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// No file of certificates is larger.
const LARGEST: u64 = 4 << 20;

/// A file, with the argument or variable that named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedFile {
    pub(crate) path: PathBuf,
    pub(crate) origin: &'static str,
}

/// The files of one endpoint, all of them PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// The only authorities that are trusted; `None`: the system's.
    pub(crate) authorities: Option<NamedFile>,
    /// Our own certificate (with what lies between it and its authority), and its key.
    pub(crate) client: Option<(NamedFile, NamedFile)>,
}

/// What they hold. Never shown: one of them is a key.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(super) authorities: Option<Vec<u8>>,
    pub(super) client: Option<(Vec<u8>, Vec<u8>)>,
}

// === impl TlsFiles ===

impl TlsFiles {
    pub(crate) fn is_empty(&self) -> bool {
        self.authorities.is_none() && self.client.is_none()
    }

    /// Reads all of them.
    pub(in crate::export) fn read(&self) -> Result<Contents, String> {
        Ok(Contents {
            authorities: self.authorities.as_ref().map(NamedFile::read).transpose()?,
            client: match &self.client {
                Some((certificate, key)) => Some((certificate.read()?, key.read()?)),
                None => None,
            },
        })
    }
}

// === impl NamedFile ===

impl NamedFile {
    fn read(&self) -> Result<Vec<u8>, String> {
        let wrong = |error: std::io::Error| format!("{self} cannot be read: {error}");
        // What is no file, such as a pipe, could be waited for in vain.
        if !std::fs::metadata(&self.path).map_err(wrong)?.is_file() {
            return Err(format!("{self} is not a file"));
        }
        let mut bytes = Vec::new();
        File::open(&self.path).map_err(wrong)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(wrong)?;
        match bytes.len() as u64 > LARGEST {
            true => Err(format!("{self} is larger than {LARGEST} bytes")),
            false => Ok(bytes),
        }
    }
}

impl fmt::Display for NamedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.origin, self.path.display())
    }
}
