//! Times are compared by their order: which starts, ends and events of the program come before which.

use crate::normal::Span;
use crate::pairs::Pair;

/// A moment in both runs.
struct Moment {
    what: String,
    /// Of those that changed places, an end is likelier to have moved than an event, and that than a start.
    weight: usize,
    rival: u64,
    ours: u64,
}

/// The moments that stand elsewhere among the others: each with the moment that it changed places with, before or
/// after in either run.
pub(crate) fn moved(pairs: &[Pair<'_, Span>]) -> Vec<(String, String, String)> {
    let mut moments = moments(pairs);
    let mut moved = Vec::new();
    loop {
        let swaps = |moment: &Moment| moments.iter().filter(|other| swapped(moment, other)).count();
        let worst = (0..moments.len()).max_by_key(|index| (swaps(&moments[*index]), moments[*index].weight));
        let Some(worst) = worst.filter(|index| swaps(&moments[*index]) > 0) else { return moved };
        let out = moments.swap_remove(worst);
        let Some(other) = moments.iter().find(|other| swapped(&out, other)) else { return moved };
        let word = |before| if before { "before" } else { "after" };
        let place = |before| format!("{} {} {}", out.what, word(before), other.what);
        moved.push((out.what.clone(), place(out.rival < other.rival), place(out.ours < other.ours)));
    }
}

/// Whether two moments changed places. Equal times have no order.
fn swapped(one: &Moment, other: &Moment) -> bool {
    one.rival < other.rival && one.ours > other.ours || one.rival > other.rival && one.ours < other.ours
}

fn moments(pairs: &[Pair<'_, Span>]) -> Vec<Moment> {
    let mut moments = Vec::new();
    for (number, pair) in pairs.iter().enumerate() {
        let (Some(rival), Some(ours)) = pair else { continue };
        let mut add = |what: String, weight, rival, ours| {
            let what = format!("{what} of span {}", number + 1);
            moments.push(Moment { what, weight, rival, ours });
        };
        add("start".to_owned(), 0, rival.start, ours.start);
        add("end".to_owned(), 2, rival.end, ours.end);
        if rival.events.len() == ours.events.len() {
            for (index, (rival, ours)) in rival.events.iter().zip(&ours.events).enumerate() {
                add(format!("event {}", index + 1), 1, rival.time, ours.time);
            }
        }
    }
    moments
}
