//! Requests as spans: servers and clients on tower, reqwest, real HTTP over loopback.

mod bodies;
mod client;
mod correlation;
mod endings;
mod flush;
mod frames;
mod grpc;
mod hooks;
mod layers;
mod loopback;
mod names;
mod reqwest;
mod routes;
mod sampling;
mod servers;
mod trust;
