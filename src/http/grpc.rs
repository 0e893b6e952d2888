//! gRPC as HTTP shows it: the content type, the method in the path, the status in the trailers.

use crate::context::percent;
use crate::record::Bulk;
use http::{HeaderMap, Method, StatusCode, header};
use std::borrow::Cow;

const CONTENT_TYPE: &str = "application/grpc";
const STATUS: &str = "grpc-status";
const MESSAGE: &str = "grpc-message";
/// The longest method that becomes a name, in bytes.
const MAX_METHOD: usize = 256;
/// `rpc.method` where nobody knows the method that was asked for, and the name of the span then.
pub(super) const OTHER: &str = "_OTHER";
pub(super) const NAME_OF_OTHER: &str = "grpc";

/// The codes by their numbers (gRPC, "Status codes and their use").
const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// A status code of gRPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code(u8);

// === impl Code ===

impl Code {
    pub(super) const OK: Code = Code(0);
    pub(super) const CANCELLED: Code = Code(1);
    pub(super) const UNKNOWN: Code = Code(2);
    pub(super) const UNIMPLEMENTED: Code = Code(12);

    /// What trailers, or the headers of a response without a body, say; one that is no known number is UNKNOWN.
    pub(super) fn read(headers: &HeaderMap) -> Option<Code> {
        let value = headers.get(STATUS)?.to_str().unwrap_or_default();
        let number = value.parse().ok().filter(|number| usize::from(*number) < NAMES.len());
        Some(number.map_or(Code::UNKNOWN, Code))
    }

    /// What a response of HTTP without a status of gRPC stands for (gRPC, "HTTP to gRPC Status Code Mapping").
    pub(super) fn of_http(status: StatusCode) -> Code {
        Code(match status.as_u16() {
            400 => 13,
            401 => 16,
            403 => 7,
            404 => 12,
            429 | 502 | 503 | 504 => 14,
            _ => 2,
        })
    }

    pub(super) fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }

    pub(super) fn number(self) -> i64 {
        self.0.into()
    }

    /// UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS: the rest is the caller's doing.
    pub(super) fn is_fault_of_server(self) -> bool {
        matches!(self.0, 2 | 4 | 12 | 13 | 14 | 15)
    }
}

/// What the server says of a status, for people; percent-coded on its way (gRPC over HTTP/2, "Responses"). Empty if it says
/// nothing.
pub(super) fn message(headers: &HeaderMap) -> Cow<'_, str> {
    let coded = headers.get(MESSAGE).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
    coded.map_or(Cow::Borrowed(""), percent::decode)
}

/// Whether a request is one of gRPC. That of gRPC-Web is not: its trailers are in the body.
pub(super) fn is_grpc(method: &Method, headers: &HeaderMap) -> bool {
    if method != Method::POST {
        return false;
    }
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return false };
    let rest = value.as_bytes().strip_prefix(CONTENT_TYPE.as_bytes());
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';' | b' ')))
}

/// The method that a path names: its last two parts, which say something. What comes before them is where a proxy or a
/// router has put the services.
pub(super) fn method_of(path: &str) -> Option<&str> {
    let (before, name) = path.rsplit_once('/')?;
    let (prefix, service) = before.rsplit_once('/')?;
    (!service.is_empty() && !name.is_empty()).then(|| &path[prefix.len() + 1..])
}

/// Whether a method looks as one that is declared somewhere, `package.Service/Method`: identifiers of a language of
/// interfaces, and no longer than anybody types.
pub(super) fn is_plausible(method: &str) -> bool {
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    method.len() <= MAX_METHOD && method.bytes().all(usual)
}

/// The names before semantic conventions 1.39, but for `rpc.method`, whose meaning has changed.
pub(super) fn describe_old(method: Option<&str>, bulk: &mut Bulk<'_>) {
    bulk.text("rpc.system", "grpc");
    bulk.optional(
        "rpc.service",
        method.and_then(|method| method.split_once('/')).map(|(service, _)| service),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static(name), http::HeaderValue::from_static(value))])
    }

    #[test]
    fn a_call_is_known_by_its_content_type() {
        for (value, is) in [
            ("application/grpc", true),
            ("application/grpc+proto", true),
            ("application/grpc; charset=utf-8", true),
            ("application/grpc-web", false),
            ("application/grpc-web+proto", false),
            ("application/json", false),
        ] {
            assert_eq!(is_grpc(&Method::POST, &with("content-type", value)), is, "{value}");
        }
        assert!(!is_grpc(&Method::POST, &HeaderMap::new()));
        assert!(!is_grpc(&Method::GET, &with("content-type", "application/grpc")), "it is always POST");
    }

    #[test]
    fn a_method_is_the_last_two_parts_of_a_path() {
        for path in ["/shop.Cart/Add", "/api/shop.Cart/Add", "/a/b/shop.Cart/Add", "//shop.Cart/Add"] {
            assert_eq!(method_of(path), Some("shop.Cart/Add"), "{path}");
        }
        for path in ["", "/", "/shop.Cart", "/shop.Cart/", "//Add", "/a//Add", "/a/b/", "a/b", "*"] {
            assert_eq!(method_of(path), None, "{path}");
        }
    }

    #[test]
    fn what_nobody_declares_is_not_plausible() {
        for method in ["shop.Cart/Add", "Cart/Add", "a_b.C-2/d", &format!("a/{}", "b".repeat(254))] {
            assert!(is_plausible(method), "{method}");
        }
        for method in ["shop.Cart/Add%20", "shop.Cart/Ädd", "a b/c", "a/b;c", "a/{b}", &"b".repeat(257)] {
            assert!(!is_plausible(method), "{method}");
        }
    }

    #[test]
    fn codes_are_read_by_number() {
        let name = |value| Code::read(&with("grpc-status", value)).map(Code::name);
        assert_eq!(
            (name("0"), name("5"), name("16")),
            (Some("OK"), Some("NOT_FOUND"), Some("UNAUTHENTICATED"))
        );
        assert_eq!(
            (name("17"), name("-1"), name("x"), name("")),
            (Some("UNKNOWN"), Some("UNKNOWN"), Some("UNKNOWN"), Some("UNKNOWN"))
        );
        assert_eq!(Code::read(&HeaderMap::new()), None);
        assert_eq!(Code::of_http(StatusCode::NOT_FOUND).name(), "UNIMPLEMENTED");
    }

    #[test]
    fn a_message_is_decoded() {
        for (coded, said) in [
            ("no such cart", "no such cart"),
            ("100%25 caf%C3%A9", "100% caf\u{e9}"),
            ("50% off", "50% off"),
            ("%FF", "\u{fffd}"),
            ("", ""),
        ] {
            assert_eq!(message(&with("grpc-message", coded)), said, "{coded}");
        }
        assert_eq!(message(&HeaderMap::new()), "");
    }

    #[test]
    fn six_codes_are_faults_of_the_server() {
        let faults: Vec<_> =
            (0..17).map(Code).filter(|code| code.is_fault_of_server()).map(Code::name).collect();
        let expected =
            ["UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"];
        assert_eq!(faults, expected);
    }
}
