//! An error with causes, for the tests of values and of status.

use std::fmt;

#[derive(Debug)]
pub(crate) struct Declined {
    pub(crate) cause: Option<Box<dyn std::error::Error>>,
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the card was declined")
    }
}

impl std::error::Error for Declined {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref()
    }
}

/// An error with two causes.
pub(crate) fn chained() -> Declined {
    let deepest = std::io::Error::other("connection reset");
    let middle = Declined { cause: Some(Box::new(deepest)) };
    Declined { cause: Some(Box::new(middle)) }
}
