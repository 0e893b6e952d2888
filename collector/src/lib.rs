//! The embedded collector.
