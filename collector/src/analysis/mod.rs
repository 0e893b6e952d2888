//! What can be said of a trace beyond its spans: which span lies below which, which one a log record belongs to, and
//! how far clocks disagree.
//!
//! Nothing here recurses, and nothing is hidden: orphans, cycles and clashing ids become rows with a warning.
//! `render`, the viewer's API and Jaeger's consume this. Critical path, dependencies and the rest join later.

mod failure;
mod identity;
mod log_places;
mod skew;
mod tree;

pub(crate) use failure::failure;
pub(crate) use identity::{Identified, identify};
pub(crate) use log_places::LogPlaces;
pub(crate) use skew::{Skew, skews};
pub use tree::{Row, Tree, Warning};
