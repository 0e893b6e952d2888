//! How a program may live and die: each shape is this binary again, as a real program with a `main` of its own.
//!
//! Without the argument that names a shape it is the test: it starts them, plays their collector, and looks at what arrived
//! and how they ended.

#![allow(unsafe_code, reason = "fork and exit as programs in other languages do it")]

#[cfg(unix)]
mod driver;
#[cfg(unix)]
mod forks;
#[cfg(unix)]
mod shapes;
#[cfg(unix)]
mod signals;
#[path = "../support/mod.rs"]
mod support;

/// Where there are no signals and no forks, there is nothing to see.
#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some(driver::SHAPE) => driver::play(&arguments.next().expect("a name")),
        _ => driver::test(&std::env::args().skip(1).collect::<Vec<_>>()),
    }
}
