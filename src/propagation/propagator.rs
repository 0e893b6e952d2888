//! `Propagator`: one format of headers.

use super::{Extract, Inject};
use crate::Context;

/// Writes contexts into carriers and reads them back, in one format (OpenTelemetry, "Propagators API").
pub trait Propagator: Send + Sync + 'static {
    /// Writes the context; writes nothing for what this format cannot say.
    fn inject(&self, context: &Context, carrier: &mut dyn Inject);

    /// Reads what the carrier says in this format into `base`, which earlier propagators have filled.
    ///
    /// A valid context replaces the ids of `base`; where there is none, or a malformed one, `base` is
    /// handed back as it came.
    fn extract(&self, carrier: &dyn Extract, base: Context) -> Context;

    /// The names of the headers that [`inject`](Self::inject) may write, lower-case.
    fn fields(&self) -> &[&'static str];
}
