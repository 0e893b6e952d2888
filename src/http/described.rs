//! `Described`: what is said of an error, its causes included where they can be seen.

use std::any::Any;
use std::error::Error;
use std::fmt;

/// Causes past this many are not followed: a chain may be a ring.
const MAX_CAUSES: usize = 32;

/// Sees an error of one type as one that has causes.
pub(super) type Seer = fn(&dyn Any) -> Option<&(dyn Error + 'static)>;

/// An error of a service. All that is known of its type is that it can be shown: boxes, for one, are no `Error`.
pub(super) struct Described<'a, E> {
    pub(super) error: &'a E,
    /// What the program says that it is.
    pub(super) seer: Option<Seer>,
}

/// The seer of this type.
pub(super) fn seer_of<E: Error + 'static>(error: &dyn Any) -> Option<&(dyn Error + 'static)> {
    Some(error.downcast_ref::<E>()?)
}

/// Errors whose types are known here.
fn well_known(error: &dyn Any) -> Option<&(dyn Error + 'static)> {
    type Boxed = Box<dyn Error + Send + Sync>;
    let boxed = error.downcast_ref::<Boxed>().map(|error| &**error as &(dyn Error + 'static));
    boxed.or_else(|| seer_of::<hyper_util::client::legacy::Error>(error))
}

// === impl Described ===

/// The error, then each of its causes that has not been told already: `a: b: c`.
impl<E: fmt::Display + 'static> fmt::Display for Described<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = self.error.to_string();
        let seen = self.seer.and_then(|seer| seer(self.error)).or_else(|| well_known(self.error));
        let mut cause = seen.and_then(Error::source);
        for _ in 0..MAX_CAUSES {
            let Some(here) = cause else { break };
            let said = here.to_string();
            if !told.contains(&said) {
                told.push_str(": ");
                told.push_str(&said);
            }
            cause = here.source();
        }
        f.write_str(&told)
    }
}
