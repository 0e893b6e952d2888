//! `Conventions`: what the environment says about names. Both sides of a request follow it.

use crate::env::Env;
use http::Method;

/// RFC 9110, PATCH (RFC 5789) and QUERY.
const USUAL: [&str; 10] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"];
/// What stands for a method that is not known, as an attribute and in a name.
const OTHER: (&str, &str) = ("_OTHER", "HTTP");

/// Choices of the semantic conventions.
#[derive(Clone, Debug)]
pub(super) struct Conventions {
    /// `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`; `None`: the usual ones.
    known_methods: Option<Vec<String>>,
    /// The old names of gRPC beside the stable ones.
    pub(super) old_rpc_names: bool,
}

/// A method as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MethodName<'a> {
    /// `http.request.method`.
    pub(super) attribute: &'a str,
    /// In the span's name.
    pub(super) in_name: &'a str,
    /// `http.request.method_original`, where it differs.
    pub(super) original: Option<&'a str>,
}

// === impl Conventions ===

impl Conventions {
    pub(super) fn of_process() -> Self {
        Conventions::from_env(&mut Env::new(|name| std::env::var_os(name)))
    }

    fn from_env(env: &mut Env) -> Self {
        let known_methods = env.text("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS");
        let opted = env.list("OTEL_SEMCONV_STABILITY_OPT_IN").unwrap_or_default();
        Conventions {
            // Methods are told apart by case (RFC 9110, section 9.1).
            known_methods: known_methods
                .map(|list| list.split(',').map(|name| name.trim().to_owned()).collect()),
            old_rpc_names: opted.iter().any(|item| item == "rpc/dup"),
        }
    }

    pub(super) fn method<'a>(&self, method: &'a Method) -> MethodName<'a> {
        let name = method.as_str();
        let known = match &self.known_methods {
            None => USUAL.contains(&name),
            Some(known) => known.iter().any(|known| known == name),
        };
        match known {
            true => MethodName { attribute: name, in_name: name, original: None },
            false => MethodName { attribute: OTHER.0, in_name: OTHER.1, original: Some(name) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(variables: &[(&str, &str)], method: &str) -> (String, String, Option<String>) {
        let method = Method::from_bytes(method.as_bytes()).expect("a token");
        let conventions = Conventions::from_env(&mut Env::with(variables));
        let MethodName { attribute, in_name, original } = conventions.method(&method);
        (attribute.to_owned(), in_name.to_owned(), original.map(str::to_owned))
    }

    fn known(name: &str) -> (String, String, Option<String>) {
        (name.to_owned(), name.to_owned(), None)
    }

    fn other(name: &str) -> (String, String, Option<String>) {
        ("_OTHER".to_owned(), "HTTP".to_owned(), Some(name.to_owned()))
    }

    #[test]
    fn the_usual_methods_are_known_and_case_counts() {
        for method in USUAL {
            assert_eq!(names(&[], method), known(method));
        }
        assert_eq!(names(&[], "BREW"), other("BREW"));
        assert_eq!(names(&[], "get"), other("get"));
    }

    #[test]
    fn the_environment_replaces_the_list() {
        let list = [("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "GET, BREW")];
        assert_eq!(names(&list, "BREW"), known("BREW"));
        assert_eq!(names(&list, "POST"), other("POST"));
        assert_eq!(names(&[("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "")], "POST"), known("POST"));
    }

    #[test]
    fn the_old_names_of_grpc_are_opted_into() {
        let opted = |value| {
            Conventions::from_env(&mut Env::with(&[("OTEL_SEMCONV_STABILITY_OPT_IN", value)])).old_rpc_names
        };
        assert!(opted("http, RPC/dup") && !opted("rpc") && !opted(""));
    }
}
