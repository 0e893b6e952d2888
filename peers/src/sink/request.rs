//! The head of a request, as far as the sink needs it.

/// How the body is framed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body {
    Length(usize),
    Chunked,
}

/// The head of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) body: Body,
    /// Whether the peer closes the connection after the answer.
    pub(super) close: bool,
    /// Whether the body is compressed, which the sink does not undo.
    pub(super) encoded: bool,
}

// === impl Head ===

impl Head {
    /// Parses the lines up to the empty one. `None`: this is no request.
    pub(super) fn parse(text: &str) -> Option<Head> {
        let mut lines = text.split("\r\n");
        let mut start = lines.next()?.split(' ');
        let (method, path) = (start.next()?.to_string(), start.next()?.to_string());
        let mut head = Head { method, path, body: Body::Length(0), close: false, encoded: false };
        for line in lines.take_while(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':')?;
            head.header(name, value.trim())?;
        }
        Some(head)
    }

    fn header(&mut self, name: &str, value: &str) -> Option<()> {
        if name.eq_ignore_ascii_case("content-length") {
            self.body = Body::Length(value.parse().ok()?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked") {
            self.body = Body::Chunked;
        } else if name.eq_ignore_ascii_case("connection") {
            self.close = value.eq_ignore_ascii_case("close");
        } else if name.eq_ignore_ascii_case("content-encoding") {
            self.encoded = !value.eq_ignore_ascii_case("identity");
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, Head};

    #[test]
    fn the_headers_that_matter_are_read_in_any_case() {
        let head = Head::parse("POST /v1/traces HTTP/1.1\r\nHost: x:1\r\nCONTENT-length: 12\r\n\r\n");
        let head = head.expect("it is a request");
        assert_eq!((head.method.as_str(), head.path.as_str()), ("POST", "/v1/traces"));
        assert_eq!((head.body, head.close, head.encoded), (Body::Length(12), false, false));
        let head = "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nconnection: close\r\ncontent-encoding: gzip\r\n\r\n";
        let head = Head::parse(head).expect("it is a request");
        assert_eq!((head.body, head.close, head.encoded), (Body::Chunked, true, true));
    }

    #[test]
    fn what_is_no_request_is_none() {
        assert_eq!(Head::parse(""), None);
        assert_eq!(Head::parse("POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n"), None);
    }
}
