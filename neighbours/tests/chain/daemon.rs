//! `Daemon`: where X-Ray's SDK sends its segments.
