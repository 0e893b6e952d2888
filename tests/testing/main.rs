//! Capturing what a program records, and comparing it with a picture.

mod asserts;
mod cost;
mod isolation;
mod picture;
mod runtimes;
mod settings;
mod stress;
#[path = "../support/mod.rs"]
mod support;
mod threads;
