//! The program: orders, on four threads, some of which go wrong.

use std::thread;
use std::time::Duration;
use tracing::{debug, error, info, instrument};

const THREADS: u64 = 4;
/// Of each thread.
const ORDERS: u64 = 250;

/// A bank that hangs up for these orders, and is slow for those.
const BROKEN: [u64; 4] = [17, 303, 555, 901];
const SLOW: [u64; 2] = [404, 808];
/// And orders of customers who are worth a look.
const GOLD: [u64; 3] = [5, 250, 640];

/// Works until the evening.
pub(crate) fn open() {
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for order in thread * ORDERS..(thread + 1) * ORDERS {
                    health();
                    // It has been told in the log.
                    let _ = place(order);
                }
            });
        }
    });
}

#[instrument(name = "GET /health")]
fn health() {}

#[instrument(name = "POST /orders")]
fn place(order: u64) -> Result<(), &'static str> {
    customer(if GOLD.contains(&order) { "gold" } else { "usual" });
    reserve(order);
    let charged = charge(order);
    match charged {
        Ok(()) => info!(order, "placed"),
        Err(reason) => error!(order, error = reason),
    }
    charged
}

#[instrument(name = "SELECT customers", fields(customer.tier = tier))]
fn customer(tier: &'static str) {
    debug!("in the cache");
}

#[instrument(name = "UPDATE stock")]
fn reserve(order: u64) {
    debug!(left = 1_000 - order, "reserved");
}

#[instrument(name = "charge")]
fn charge(order: u64) -> Result<(), &'static str> {
    debug!(bank = "eu-1", attempt = 1, "asking the bank");
    if SLOW.contains(&order) {
        thread::sleep(Duration::from_millis(300));
        debug!(bank = "eu-1", "it answered at last");
    }
    if BROKEN.contains(&order) {
        debug!(bank = "eu-1", "connection reset");
        return Err("the bank hung up");
    }
    Ok(())
}
