//! The way to a collector: TLS against a real server, credentials that rotate, connections, compression.

mod answers;
mod compression;
mod connections;
mod credentials;
#[path = "../support/tls.rs"]
mod front;
#[path = "../delivery/ledger.rs"]
#[allow(dead_code, reason = "some of it is for other tests")]
mod ledger;
mod plain;
mod renewal;
mod reuse;
mod speaking;
#[path = "../support/mod.rs"]
mod support;
mod tls;
