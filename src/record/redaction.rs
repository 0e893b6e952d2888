//! `Redaction`: which values of the program are exported, as it decides itself.

use super::recorder::guarded;
use std::fmt;
use std::sync::Arc;

/// What becomes of an attribute; see [`Builder::attributes`](crate::Builder::attributes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Redaction {
    /// It is exported as it is.
    #[default]
    Keep,
    /// It is left out, as if it had never been recorded, and is not counted as dropped.
    Drop,
    /// Its value is replaced by the first 128 bits of the SHA-256 of its text, in 32 hexadecimal digits: equal values
    /// stay equal. Values of which there are few can be guessed from it: drop those.
    Hash,
}

/// The program's function from target and key to [`Redaction`].
#[derive(Clone)]
pub(crate) struct Redactor(Arc<dyn Fn(&str, &str) -> Redaction + Send + Sync>);

/// Bytes of the digest that are kept.
const KEPT: usize = 16;

// === impl Redactor ===

impl Redactor {
    pub(crate) fn new(decide: impl Fn(&str, &str) -> Redaction + Send + Sync + 'static) -> Self {
        Redactor(Arc::new(decide))
    }

    /// Asks the program. If it panics, the value is left out: it may be a secret.
    pub(crate) fn decide(&self, target: &str, key: &str) -> Redaction {
        guarded(|| (self.0)(target, key)).unwrap_or(Redaction::Drop)
    }
}

impl PartialEq for Redactor {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

/// What stands for a value that is hashed.
pub(crate) fn digest(text: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text);
    let bytes = digest.as_ref().iter().take(KEPT);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_beginning_of_sha_256() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(digest(b"abc"), "ba7816bf8f01cfea414140de5dae2223");
    }

    #[test]
    fn a_function_that_panics_lets_nothing_out() {
        assert_eq!(Redactor::new(|_, _| panic!("no")).decide("t", "k"), Redaction::Drop);
    }
}
