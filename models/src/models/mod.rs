//! The models: one file for each of the library's.

mod backlog;
mod cell;
mod memory;
mod meter;
mod queue;

use loom::model::Builder;

/// All models, by name.
pub const ALL: &[(&str, fn())] = &[
    (
        "backlog::no_more_than_the_bound_waits_whoever_comes_and_goes",
        backlog::no_more_than_the_bound_waits_whoever_comes_and_goes,
    ),
    ("cell::the_last_exit_of_all_threads_is_the_end", cell::the_last_exit_of_all_threads_is_the_end),
    (
        "cell::a_cell_that_goes_on_to_another_span_has_nothing_of_the_one_before",
        cell::a_cell_that_goes_on_to_another_span_has_nothing_of_the_one_before,
    ),
    ("cell::the_time_inside_is_the_sum_of_all_threads", cell::the_time_inside_is_the_sum_of_all_threads),
    (
        "memory::no_more_than_the_bound_is_given_out_and_all_of_it_comes_back",
        memory::no_more_than_the_bound_is_given_out_and_all_of_it_comes_back,
    ),
    (
        "memory::a_worker_that_is_woken_by_want_of_memory_misses_no_later_want",
        memory::a_worker_that_is_woken_by_want_of_memory_misses_no_later_want,
    ),
    ("meter::threads_take_what_is_due_together", meter::threads_take_what_is_due_together),
    (
        "meter::whoever_read_the_clock_earlier_changes_nothing",
        meter::whoever_read_the_clock_earlier_changes_nothing,
    ),
    (
        "queue::each_segment_is_taken_once_and_enough_of_them_never_wait_unnoticed",
        queue::each_segment_is_taken_once_and_enough_of_them_never_wait_unnoticed,
    ),
];

/// Looks at all orders in which threads are preempted twice at most, or as often as `LOOM_MAX_PREEMPTIONS` says.
fn every_order(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(2));
    builder.check(model);
}
