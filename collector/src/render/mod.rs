//! Traces as text, for terminals, examples and tests.

mod duration;
mod log_lines;
mod text;
mod waterfall;

pub use duration::duration;
pub use waterfall::waterfall;
