//! What a panic of the worker leaves in the spool.

use super::{LONG, TRIPS, spans};
use crate::{Batch, BoxFuture, Exporter, Guard, Outcome};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use tracing::Dispatch;
use tracing_subscriber::{prelude::*, registry};

/// Takes all, and says how much.
struct Takes(&'static str, Sender<usize>);

/// A collector that is away.
struct Away(&'static str);

struct Folder(PathBuf);

impl Exporter for Takes {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async {
            let _ = self.1.send(batch.len());
            Outcome::Accepted
        })
    }

    fn name(&self) -> &str {
        self.0
    }
}

impl Exporter for Away {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async { Outcome::Retry { after: None, reason: "away".to_owned() } })
    }

    fn name(&self) -> &str {
        self.0
    }
}

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("throughline-panic-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn started(
    folder: &Path,
    exporters: [Box<dyn FnOnce(crate::Builder) -> crate::Builder>; 2],
) -> (Dispatch, Guard) {
    let builder = crate::builder().schedule_delay(Duration::from_secs(3600)).spool(folder);
    let builder = exporters.into_iter().fold(builder, |builder, add| add(builder));
    let (layer, guard) = builder.build().expect("valid settings");
    (Dispatch::new(registry().with(layer)), guard)
}

fn takes(name: &'static str, sender: &Sender<usize>) -> Box<dyn FnOnce(crate::Builder) -> crate::Builder> {
    let takes = Takes(name, sender.clone());
    Box::new(|builder| builder.exporter(takes))
}

fn away(name: &'static str) -> Box<dyn FnOnce(crate::Builder) -> crate::Builder> {
    Box::new(move |builder| builder.exporter(Away(name)))
}

fn trips(name: &'static str, place: &'static str, panics: u32) {
    let mut trips = TRIPS.lock().unwrap_or_else(PoisonError::into_inner);
    trips.retain(|(other, ..)| *other != name);
    trips.push((name, place, panics));
}

/// Waits until so many were given.
fn given(given: &Receiver<usize>, count: usize) {
    let mut sum = 0;
    while sum < count {
        sum += given.recv_timeout(LONG).expect("it is delivered");
    }
    assert_eq!(sum, count);
}

#[test]
fn what_the_worker_had_in_hand_when_it_panicked_waits_for_the_next_start() {
    for place in ["loop", "lane"] {
        let (name, other) =
            if place == "loop" { ("loop on disk", "loop 2") } else { ("lane on disk", "lane 2") };
        let folder = Folder::new(place);
        let (sender, taken) = channel();
        trips(name, place, 1);
        let (dispatch, guard) = started(&folder.0, [takes(name, &sender), away(other)]);
        spans(&dispatch, 3);
        assert!(guard.flush(Duration::from_secs(1)).is_err(), "{place}");
        let _ = guard.shutdown(Duration::ZERO);
        drop((dispatch, guard));
        assert!(taken.try_recv().is_err(), "{place}: nothing was delivered");
        let next = started(&folder.0, [takes(name, &sender), away(other)]);
        given(&taken, 3);
        drop(next.0);
        let _ = next.1.shutdown(Duration::ZERO);
    }
}

#[test]
fn what_an_exporter_is_owed_that_was_given_up_waits_for_the_next_start() {
    let folder = Folder::new("given-up");
    let (healthy, given_up) = ("healthy beside", "given up on disk");
    let ((sender, taken), (other, none)) = (channel(), channel());
    trips(given_up, "lane", u32::MAX);
    let (dispatch, guard) = started(&folder.0, [takes(healthy, &sender), takes(given_up, &other)]);
    for _ in 0..13 {
        spans(&dispatch, 1);
        assert!(guard.flush(LONG).expect_err("it panics").is_undelivered());
    }
    given(&taken, 13);
    // Another process ends meanwhile, and has delivered nothing.
    let (dispatch_of_another, another) = started(&folder.0, [away(healthy), away(given_up)]);
    spans(&dispatch_of_another, 5);
    assert!(another.shutdown(Duration::ZERO).is_err());
    drop((dispatch_of_another, another));
    given(&taken, 5);
    let _ = guard.shutdown(LONG);
    drop((dispatch, guard));
    trips(given_up, "lane", 0);
    let (_dispatch, guard) = started(&folder.0, [takes(healthy, &sender), takes(given_up, &other)]);
    given(&none, 13 + 5);
    assert!(guard.shutdown(LONG).is_ok());
}
