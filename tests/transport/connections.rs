//! Connections are kept and used again.

use crate::front::{Authority, Folder, Front};
use crate::ledger::{LONG, assert_delivered, spans, to};
use crate::speaking::started;
use crate::support::bare;
use crate::support::collector::{Collector, Reply};
use std::collections::BTreeSet;

#[test]
fn requests_go_over_one_connection_until_it_is_closed() {
    let collector = Collector::accepting();
    let (dispatch, guard, _) = started(to(&collector).request_spans(2));
    for _ in 0..3 {
        spans(&dispatch, 10);
        guard.flush(LONG).expect("accepted");
    }
    let peers: BTreeSet<_> = collector.requests().iter().map(|request| request.peer).collect();
    assert_eq!((peers.len(), collector.requests().len()), (1, 15));
    assert_delivered(&guard, &collector, 30);
}

#[test]
fn a_refusal_does_not_cost_the_connection_and_a_close_costs_one() {
    let collector =
        Collector::scripted(vec![Reply::Status(200), Reply::Status(503), Reply::Status(200), Reply::Close]);
    let (dispatch, guard, _) = started(to(&collector).request_spans(2));
    spans(&dispatch, 8);
    guard.flush(LONG).expect("accepted in the end");
    let peers: Vec<_> = collector.requests().iter().map(|request| request.peer).collect();
    assert_eq!(peers.iter().collect::<BTreeSet<_>>().len(), 2, "{peers:?}");
    assert_eq!(peers[0], peers[3], "{peers:?}");
    assert_delivered(&guard, &collector, 8);
}

#[test]
fn so_do_those_with_tls() {
    let (authority, folder) = (Authority::new("ours"), Folder::new("kept-alive"));
    let collector = Collector::accepting();
    let front = Front::new(collector.address, &authority.server(&["localhost"]), None);
    let file = folder.write("ca.pem", authority.pem());
    let (dispatch, guard, _) =
        started(bare().endpoint(front.url("localhost")).ca_certificate(file).request_spans(2));
    spans(&dispatch, 20);
    guard.flush(LONG).expect("accepted");
    // The front opens a connection to the collector for each of ours.
    let peers: BTreeSet<_> = collector.requests().iter().map(|request| request.peer).collect();
    assert_eq!((peers.len(), collector.requests().len()), (1, 10));
}
