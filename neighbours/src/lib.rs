//! Throughline beside crates that take long to build. There is nothing here but tests and examples.
