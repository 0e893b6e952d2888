//! The work: requests of spans, the same through `tracing` and through fastrace's own API.
//!
//! | work | spans | on each span | in each child |
//! |---|---|---|---|
//! | bare | 1 root + 100 children | nothing | nothing |
//! | fields | 1 root + 10 children | a string, an `i64`, a `Display` | nothing |
//! | rich | 1 root + 10 children | a string, an `i64`, a `Display` | one event with one `i64` |

mod amount;
mod kind;
mod local_spans;
mod spans;

pub use kind::{Api, Work};
