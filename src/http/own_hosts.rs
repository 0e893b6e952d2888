//! `OwnHosts`: who may know what travels with a trace besides its ids.

use crate::Context;
use crate::propagation::{Inject, inject_context};
use http::HeaderMap;

/// The headers that carry baggage: W3C's, and the prefix of Jaeger's.
const BAGGAGE: &str = "baggage";
const BAGGAGE_PREFIX: &str = "uberctx-";

/// The hosts that baggage is sent to.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnHosts {
    /// `None`: all are.
    list: Option<Vec<String>>,
}

/// Headers to somebody who is not to see baggage.
struct WithoutBaggage<'a>(&'a mut HeaderMap);

// === impl OwnHosts ===

impl OwnHosts {
    pub(super) fn new(hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        OwnHosts { list: Some(hosts.into_iter().map(Into::into).collect()) }
    }

    /// Writes the context into headers that go to this host.
    pub(super) fn inject(&self, context: &Context, host: Option<&str>, headers: &mut HeaderMap) {
        match self.has(host) {
            true => inject_context(context, headers),
            false => inject_context(context, &mut WithoutBaggage(headers)),
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

// === impl WithoutBaggage ===

impl Inject for WithoutBaggage<'_> {
    fn set(&mut self, key: &str, value: &str) {
        if key != BAGGAGE && !key.starts_with(BAGGAGE_PREFIX) {
            self.0.set(key, value);
        }
    }

    fn unset(&mut self, key: &str) {
        self.0.unset(key);
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
        assert!(!own.has(None) && OwnHosts::default().has(None) && OwnHosts::default().has(Some("any")));
    }

    #[test]
    fn foreign_hosts_get_ids_and_no_baggage() {
        let mut headers = HeaderMap::new();
        let mut carrier = WithoutBaggage(&mut headers);
        for key in ["traceparent", "baggage", "uberctx-user"] {
            carrier.set(key, "x");
        }
        let names: Vec<_> = headers.keys().map(|name| name.as_str()).collect();
        assert_eq!(names, ["traceparent"]);
        WithoutBaggage(&mut headers).unset("traceparent");
        assert!(headers.is_empty());
    }
}
