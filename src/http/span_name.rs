//! `SpanName`: the name of a request's span, put together only where it is written.

use std::fmt;

/// What the program says, else the method and the template of the path, else the method.
pub(super) struct SpanName<'a> {
    pub(super) given: Option<&'a str>,
    pub(super) method: &'a str,
    pub(super) template: Option<&'a str>,
}

// === impl SpanName ===

impl fmt::Display for SpanName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(given) = self.given {
            return f.write_str(given);
        }
        f.write_str(self.method)?;
        if let Some(template) = self.template {
            f.write_str(" ")?;
            f.write_str(template)?;
        }
        Ok(())
    }
}
