//! The end of a span, kept without a lock by all threads that leave it.
//!
//! Modelled: the registry's count of references. A thread that is in a span has one, gives it up (release) after it has told
//! of its exit, and whoever gives up the last one closes the span (acquire).

use super::every_order;
use crate::cell::Cell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering, fence};
use loom::thread;

const MAKER: usize = 1;

/// A span of the registry: its cell, its id, and its references.
struct Span {
    cell: Cell,
    references: AtomicUsize,
}

impl Span {
    fn new(id: u64, references: usize) -> Arc<Span> {
        let span = Arc::new(Span { cell: Cell::default(), references: AtomicUsize::new(references) });
        span.cell.open(id, MAKER, false);
        span
    }

    /// What the closing thread reads, if this is the one.
    fn give_up<R>(&self, close: impl FnOnce(&Cell) -> R) -> Option<R> {
        if self.references.fetch_sub(1, Ordering::Release) > 1 {
            return None;
        }
        fence(Ordering::Acquire);
        Some(close(&self.cell))
    }
}

pub fn the_last_exit_of_all_threads_is_the_end() {
    every_order(|| {
        let span = Span::new(7, 3);
        let others = [(2, 30), (3, 20)].map(|(thread, at)| {
            let span = Arc::clone(&span);
            thread::spawn(move || {
                span.cell.exit(7, thread, at);
                span.give_up(Cell::end_unix_nanos)
            })
        });
        span.cell.exit(7, MAKER, 10);
        span.cell.exit(7, MAKER, 25);
        let mut ends = vec![span.give_up(Cell::end_unix_nanos)];
        ends.extend(others.map(|other| other.join().expect("no panic")));
        assert_eq!(
            ends.into_iter().flatten().collect::<Vec<_>>(),
            [Some(30)],
            "closed once, with all exits seen"
        );
    });
}

pub fn a_cell_that_goes_on_to_another_span_has_nothing_of_the_one_before() {
    every_order(|| {
        let span = Span::new(7, 2);
        let tenancy = span.cell.tenancy();
        let next = |cell: &Cell| {
            cell.close();
            cell.open(8, MAKER, true);
        };
        let other = {
            let span = Arc::clone(&span);
            thread::spawn(move || {
                span.cell.exit(7, 2, 30);
                let closed = span.give_up(next).is_some();
                // A pointer that was kept past the close: whatever the cell is by now, it is never taken for the old span
                // by whoever closed it, and an exit of the old one leaves the new one alone.
                assert!(!closed || !span.cell.is_of(7, tenancy));
                if closed {
                    span.cell.exit(7, 2, 99);
                }
                closed
            })
        };
        span.cell.exit(7, MAKER, 10);
        let ours = span.give_up(next).is_some();
        let theirs = other.join().expect("no panic");
        assert!(ours != theirs, "closed once");
        assert!(span.cell.is_of(8, tenancy + 1) && span.cell.is_unsampled());
        assert_eq!(span.cell.end_unix_nanos(), None);
    });
}

pub fn the_time_inside_is_the_sum_of_all_threads() {
    every_order(|| {
        let span = Span::new(7, 3);
        span.cell.count_busy();
        let others = [(10, 15), (12, 20)].map(|(entered, left)| {
            let span = Arc::clone(&span);
            thread::spawn(move || {
                span.cell.begin_busy(7, entered);
                span.cell.end_busy(7, left);
                span.give_up(|cell| (cell.busy_nanos(50, 50), cell.is_inside()))
            })
        });
        let mut sums = vec![span.give_up(|cell| (cell.busy_nanos(50, 50), cell.is_inside()))];
        sums.extend(others.map(|other| other.join().expect("no panic")));
        assert_eq!(sums.into_iter().flatten().collect::<Vec<_>>(), [(13, false)]);
    });
}
