//! Chains of services, each a process of its own, in which ours stand between those of other makes. They talk over
//! loopback, and to one collector.
//!
//! Not there by themselves: `scripts/backends install python-sdks node-sdks`, then
//! `cargo test -p throughline-neighbours --test chain -- --ignored`, as `scripts/check` does.
//!
//! * `service`, `process`, `chain`: what stands in a chain; one of them running; all of them
//! * `sight`, `lineage`: what services say of a request; what the collector has of it
//! * `opentelemetry`, `formats`: between OpenTelemetry's SDKs for Python and Node
//! * `datadog`, `xray`, `relay`: between services with those two's own libraries; `daemon`: what X-Ray's sends
//! * `services/`: those that are not ours (ours is `src/bin/service`)

mod chain;
mod daemon;
mod datadog;
mod formats;
mod lineage;
mod opentelemetry;
mod process;
mod relay;
mod service;
mod sight;
mod xray;
