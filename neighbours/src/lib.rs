//! Throughline beside crates that take long to build, and beside services of other makes: tests, examples, and the
//! service (`src/bin/service`) that stands in a chain with theirs.
