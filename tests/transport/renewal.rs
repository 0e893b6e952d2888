//! Certificates that rotate while the program runs.

use crate::front::{Authority, Folder, Front, Signed};
use crate::ledger::{LONG, row, spans};
use crate::speaking::started;
use crate::support::bare;
use crate::support::collector::Collector;
use std::time::{Duration, Instant};

#[test]
fn a_new_authority_is_picked_up_when_the_old_one_is_refused() {
    let (old, new, folder) = (Authority::new("old"), Authority::new("new"), Folder::new("authority"));
    let collector = Collector::accepting();
    let front = Front::new(collector.address, &old.server(&["localhost"]), None);
    let file = folder.write("ca.pem", old.pem());
    let (dispatch, guard, lines) = started(bare().endpoint(front.url("localhost")).ca_certificate(file));
    spans(&dispatch, 1);
    guard.flush(LONG).expect("the old authority");
    folder.write("ca.pem", new.pem());
    front.change(&new.server(&["localhost"]), None);
    let begun = Instant::now();
    spans(&dispatch, 2);
    guard.flush(LONG).unwrap_or_else(|error| panic!("{error}: {}", lines.text()));
    assert!(begun.elapsed() < Duration::from_secs(9), "at the refusal, not when ten seconds have passed");
    assert_eq!((row(&guard.stats()).exported, collector.accepted().len()), (3, 3));
    assert!(lines.with("in use from now on").contains("ca.pem changed"), "{}", lines.text());
}

#[test]
fn a_new_client_certificate_is_picked_up_when_the_old_one_is_refused() {
    let (authority, folder) = (Authority::new("of the server"), Folder::new("client"));
    let (old, new) = (Authority::new("old"), Authority::new("new"));
    let collector = Collector::accepting();
    let server = authority.server(&["localhost"]);
    let front = Front::new(collector.address, &server, Some(&old));
    let write = |signed: &Signed| {
        (folder.write("client.pem", &signed.certificate), folder.write("client.key", &signed.key))
    };
    let ((certificate, key), ca) = (write(&old.client()), folder.write("ca.pem", authority.pem()));
    let builder =
        bare().endpoint(front.url("localhost")).ca_certificate(ca).client_certificate(certificate, key);
    let (dispatch, guard, lines) = started(builder);
    spans(&dispatch, 1);
    guard.flush(LONG).expect("the old certificate");
    write(&new.client());
    front.change(&server, Some(&new));
    let begun = Instant::now();
    spans(&dispatch, 2);
    guard.flush(LONG).unwrap_or_else(|error| panic!("{error}: {}", lines.text()));
    assert!(begun.elapsed() < Duration::from_secs(9), "at the refusal, not when ten seconds have passed");
    assert_eq!((row(&guard.stats()).exported, collector.accepted().len()), (3, 3));
}

#[test]
fn a_new_file_that_cannot_be_used_is_told_and_the_old_one_stays() {
    let (authority, folder) = (Authority::new("ours"), Folder::new("kept"));
    let (collector, stranger) = (Collector::accepting(), Authority::new("a stranger"));
    let front = Front::new(collector.address, &authority.server(&["localhost"]), None);
    let file = folder.write("ca.pem", authority.pem());
    let (dispatch, guard, lines) = started(bare().endpoint(front.url("localhost")).ca_certificate(file));
    spans(&dispatch, 1);
    guard.flush(LONG).expect("the authority");
    // Half of it, as if it were being written just now; and a refusal, which makes us look.
    folder.write("ca.pem", &authority.pem()[..100]);
    front.change(&stranger.server(&["localhost"]), None);
    spans(&dispatch, 1);
    assert!(guard.flush(Duration::from_millis(300)).expect_err("a stranger").is_timeout());
    crate::support::until("it has been told", || lines.text().contains("cannot be used"));
    let told = lines.with("the one before stays in use");
    assert!(told.contains("WARN throughline: ") && told.contains("ca.pem"), "{told}");
    front.change(&authority.server(&["localhost"]), None);
    guard.flush(LONG).expect("the authority of before is trusted still");
    assert_eq!((row(&guard.stats()).exported, collector.accepted().len()), (2, 2));
}
