//! Limits: 128 attributes, events and links of a span, 128 attributes of an event and of a link.

use tracing::{info, info_span};

use crate::hand::{Hand, Remote, Set};
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    limit_attributes_reached,
    limit_attributes_exceeded,
    limit_attributes_exceeded_late,
    limit_attributes_replaced_at_the_limit,
    limit_events,
    limit_events_before_enter,
    limit_links,
    limit_links_before_enter,
    limit_link_attributes,
    limit_event_attributes,
];

/// Keys of attributes that are set by hand.
const KEYS: [&str; 130] = {
    const DIGITS: &str = "000001002003004005006007008009010011012013014015016017018019020021022023024025026027028029\
        030031032033034035036037038039040041042043044045046047048049050051052053054055056057058059060061062063064065066\
        067068069070071072073074075076077078079080081082083084085086087088089090091092093094095096097098099100101102103\
        104105106107108109110111112113114115116117118119120121122123124125126127128129";
    let mut keys = [""; 130];
    let mut index = 0;
    while index < keys.len() {
        let (_, rest) = DIGITS.split_at(index * 3);
        (keys[index], _) = rest.split_at(3);
        index += 1;
    }
    keys
};

fn limit_attributes_reached(hand: &dyn Hand) {
    let span = info_span!("work");
    for key in &KEYS[..121] {
        hand.set_attribute(&span, key, Set::Int(1));
    }
}

fn limit_attributes_exceeded(hand: &dyn Hand) {
    let span = info_span!("work");
    for key in KEYS {
        hand.set_attribute(&span, key, Set::Int(1));
    }
}

fn limit_attributes_exceeded_late(hand: &dyn Hand) {
    let span = info_span!("work").entered();
    for key in KEYS {
        hand.set_attribute(&span, key, Set::Int(1));
    }
}

fn limit_attributes_replaced_at_the_limit(hand: &dyn Hand) {
    let span = info_span!("work").entered();
    for key in &KEYS[..121] {
        hand.set_attribute(&span, key, Set::Int(1));
    }
    hand.set_attribute(&span, KEYS[0], Set::Int(2));
}

fn limit_events(_: &dyn Hand) {
    info_span!("work").in_scope(|| {
        for index in 0..130 {
            info!(index, "event");
        }
    });
}

fn limit_events_before_enter(_: &dyn Hand) {
    let span = info_span!("work");
    for index in 0..130 {
        info!(parent: &span, index, "event");
    }
}

fn limit_links(hand: &dyn Hand) {
    let span = info_span!("work").entered();
    for number in 1..=130 {
        hand.add_link(&span, Remote::sampled(number), &[]);
    }
}

fn limit_links_before_enter(hand: &dyn Hand) {
    let span = info_span!("work");
    for number in 1..=130 {
        hand.add_link(&span, Remote::sampled(number), &[]);
    }
}

fn limit_link_attributes(hand: &dyn Hand) {
    let span = info_span!("work").entered();
    let attributes: Vec<_> = KEYS.iter().map(|key| (*key, Set::Int(1))).collect();
    hand.add_link(&span, Remote::sampled(7), &attributes);
}

fn limit_event_attributes(hand: &dyn Hand) {
    let span = info_span!("work").entered();
    let attributes: Vec<_> = KEYS.iter().map(|key| (*key, Set::Int(1))).collect();
    hand.add_event(&span, "large", &attributes);
}
