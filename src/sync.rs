//! What is shared without a lock is made of these. `models/` puts loom's in their place, which tries every order of threads
//! and of memory.

pub(crate) use std::sync::Mutex;
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
pub(crate) use tokio::sync::Notify;
