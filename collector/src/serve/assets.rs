//! The viewer's files, embedded in the binary.

use crate::http::{Answer, answer, with_header};
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};

/// Nothing but our own files, and no page may frame ours.
const POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Path, content type and content of each file.
const FILES: [(&str, &str, &str); 14] = [
    ("/", HTML, include_str!("../ui/index.html")),
    ("/ui/style.css", CSS, include_str!("../ui/style.css")),
    ("/ui/icon.svg", SVG, include_str!("../ui/icon.svg")),
    ("/ui/app.js", SCRIPT, include_str!("../ui/app.js")),
    ("/ui/api.js", SCRIPT, include_str!("../ui/api.js")),
    ("/ui/colour.js", SCRIPT, include_str!("../ui/colour.js")),
    ("/ui/dom.js", SCRIPT, include_str!("../ui/dom.js")),
    ("/ui/format.js", SCRIPT, include_str!("../ui/format.js")),
    ("/ui/logs.js", SCRIPT, include_str!("../ui/logs.js")),
    ("/ui/panel.js", SCRIPT, include_str!("../ui/panel.js")),
    ("/ui/rows.js", SCRIPT, include_str!("../ui/rows.js")),
    ("/ui/traces.js", SCRIPT, include_str!("../ui/traces.js")),
    ("/ui/values.js", SCRIPT, include_str!("../ui/values.js")),
    ("/ui/waterfall.js", SCRIPT, include_str!("../ui/waterfall.js")),
];

/// The file at `path`; the page itself at any path that is no file and no API, so that old links lead somewhere.
pub(super) fn asset(path: &str) -> Option<Answer> {
    let found = FILES.iter().find(|(at, _, _)| *at == path);
    let (_, content_type, content) = match found {
        Some(file) => file,
        None if path.starts_with("/ui/") || path == "/favicon.ico" => return None,
        None => &FILES[0],
    };
    let file = answer(StatusCode::OK, content_type, *content);
    let file = with_header(file, CONTENT_SECURITY_POLICY, POLICY);
    let file = with_header(file, REFERRER_POLICY, "no-referrer");
    Some(with_header(file, CACHE_CONTROL, "no-cache"))
}
