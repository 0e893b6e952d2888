//! `crate::sync` of the library, out of loom.

pub use loom::sync::Mutex;
pub use loom::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// As tokio documents it: a permit is kept if nobody waits, and one at most. Here nobody waits; who wants to know looks.
#[derive(Debug, Default)]
pub struct Notify(Mutex<bool>);

impl Notify {
    pub fn new() -> Self {
        Notify::default()
    }

    pub fn notify_one(&self) {
        *self.0.lock().expect("nothing panics") = true;
    }

    pub async fn notified(&self) {
        std::future::poll_fn(
            |_| if self.take() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending },
        )
        .await;
    }

    /// Whether there was a permit, which is taken.
    pub fn take(&self) -> bool {
        std::mem::take(&mut *self.0.lock().expect("nothing panics"))
    }
}
