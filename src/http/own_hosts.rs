//! `OwnHosts`: who may know what travels with a trace besides its ids.

use crate::propagation::inject_context;
use crate::{Baggage, Context};
use http::HeaderMap;

/// The hosts that baggage is sent to.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnHosts {
    /// `None`: all are.
    list: Option<Vec<String>>,
}

// === impl OwnHosts ===

impl OwnHosts {
    pub(super) fn new(hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let bare = |host: String| match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => address.to_owned(),
            None => host,
        };
        OwnHosts { list: Some(hosts.into_iter().map(|host| bare(host.into())).collect()) }
    }

    /// Writes the context into headers that go to this host.
    pub(super) fn inject(&self, context: &Context, host: Option<&str>, headers: &mut HeaderMap) {
        match self.has(host) {
            true => inject_context(context, headers),
            // The correlation id, which travels with baggage, stays here too.
            false => inject_context(&context.clone().with_baggage(Baggage::EMPTY), headers),
        }
    }

    /// An entry is a host, or, with a dot before it, all hosts under a domain. A host that is not known is nobody's.
    fn has(&self, host: Option<&str>) -> bool {
        let Some(list) = &self.list else { return true };
        let Some(host) = host else { return false };
        list.iter().any(|own| match own.strip_prefix('.') {
            None => own.eq_ignore_ascii_case(host),
            Some(domain) => host.len().checked_sub(domain.len()).is_some_and(|at| {
                at > 1
                    && host.as_bytes()[at - 1] == b'.'
                    && host.as_bytes()[at..].eq_ignore_ascii_case(domain.as_bytes())
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_hosts_and_domains() {
        let own = OwnHosts::new(["api.example.com", ".svc.local"]);
        for host in ["api.example.com", "API.example.com", "a.svc.local", "a.b.SVC.local"] {
            assert!(own.has(Some(host)), "{host}");
        }
        for host in
            ["example.com", "evil-api.example.com", "svc.local", ".svc.local", "evilsvc.local", "é.com", ""]
        {
            assert!(!own.has(Some(host)), "{host}");
        }
        let own = OwnHosts::new(["[2001:db8::1]", "::1"]);
        assert!(own.has(Some("2001:db8::1")) && own.has(Some("::1")), "with brackets or without");
        assert!(!own.has(None) && OwnHosts::default().has(None) && OwnHosts::default().has(Some("any")));
    }
}
