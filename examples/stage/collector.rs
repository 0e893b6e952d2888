//! The embedded collector of the larger examples.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use throughline_collector::{Collector, Listener};

/// The collector on its usual ports, or on free ones where those are taken.
pub(crate) fn start() -> Result<Collector, Box<dyn Error>> {
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut builder = Collector::builder();
    loop {
        let error = match builder.clone().start() {
            Ok(collector) => return Ok(collector),
            Err(error) if error.is_addr_in_use() => error,
            Err(error) => return Err(error.into()),
        };
        builder = match error.listener() {
            Some(Listener::OtlpHttp) => builder.otlp_http(free),
            Some(Listener::Http) => builder.http(free),
            _ => return Err(error.into()),
        };
    }
}
