//! `ClientSettings`: what a [`ClientLayer`](super::ClientLayer) or a [`ReqwestMiddleware`](super::ReqwestMiddleware) was
//! told.

use super::conventions::Conventions;
use super::hooks::Hooks;
use super::own_hosts::OwnHosts;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(super) struct ClientSettings {
    pub(super) conventions: Conventions,
    pub(super) hooks: Arc<Hooks>,
    pub(super) own_hosts: OwnHosts,
    /// Whom requests are sent to that do not say it themselves.
    pub(super) server: Option<(String, u16)>,
}

// === impl ClientSettings ===

impl ClientSettings {
    pub(super) fn new() -> Self {
        ClientSettings {
            conventions: Conventions::of_process(),
            hooks: Arc::default(),
            own_hosts: OwnHosts::default(),
            server: None,
        }
    }
}
