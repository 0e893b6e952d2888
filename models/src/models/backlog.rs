//! The number of those that wait, against its bound.

use super::every_order;
use crate::buffer::backlog::Backlog;
use loom::sync::Arc;
use loom::thread;

pub fn no_more_than_the_bound_waits_whoever_comes_and_goes() {
    every_order(|| {
        let backlog = Arc::new(Backlog::new(2));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let backlog = Arc::clone(&backlog);
                thread::spawn(move || {
                    let admitted = [backlog.admit(), backlog.admit()].into_iter().flatten().count();
                    assert!(admitted <= 2);
                    backlog.release(admitted);
                    admitted
                })
            })
            .collect();
        let admitted: usize = others.into_iter().map(|other| other.join().expect("no panic")).sum();
        assert!((2..=4).contains(&admitted), "whoever comes alone is admitted");
        // All have left: there is room for exactly the bound again.
        let again: Vec<_> = (0..3).map(|_| backlog.admit().is_some()).collect();
        assert_eq!(again, [true, true, false]);
    });
}
