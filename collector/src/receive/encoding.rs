//! How a request is encoded: its content type and its content encoding.

use hyper::HeaderMap;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE};

/// The two encodings of OTLP over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// `application/x-protobuf`.
    Protobuf,
    /// `application/json`.
    Json,
}

/// How the body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    /// Not at all.
    Identity,
    /// gzip, of one member or several.
    Gzip,
    /// Deflate within zlib, which is what `deflate` means in HTTP (RFC 9110, section 8.4.1.2).
    Zlib,
    /// Zstandard, of one frame or several (RFC 8878).
    Zstd,
}

// === impl Encoding ===

impl Encoding {
    /// The encoding that `Content-Type` names, its parameters and its case aside.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let media_type = text.split(';').next().unwrap_or_default().trim();
        if media_type.eq_ignore_ascii_case(Encoding::Protobuf.content_type()) {
            Some(Encoding::Protobuf)
        } else if media_type.eq_ignore_ascii_case(Encoding::Json.content_type()) {
            Some(Encoding::Json)
        } else {
            None
        }
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Encoding::Protobuf => "application/x-protobuf",
            Encoding::Json => "application/json",
        }
    }
}

// === impl Compression ===

impl Compression {
    /// The compression that `Content-Encoding` names; an error holds a name that is not known.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, String> {
        let Some(value) = headers.get(CONTENT_ENCODING) else { return Ok(Compression::Identity) };
        let name = String::from_utf8_lossy(value.as_bytes()).trim().to_ascii_lowercase();
        match name.as_str() {
            "" | "identity" => Ok(Compression::Identity),
            "gzip" => Ok(Compression::Gzip),
            "deflate" | "zlib" => Ok(Compression::Zlib),
            "zstd" => Ok(Compression::Zstd),
            _ => Err(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn encoding(content_type: &'static str) -> Option<Encoding> {
        Encoding::of(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]))
    }

    #[test]
    fn parameters_and_case_of_the_content_type_do_not_matter() {
        assert_eq!(encoding("application/x-protobuf"), Some(Encoding::Protobuf));
        assert_eq!(encoding("Application/X-Protobuf ; charset=utf-8"), Some(Encoding::Protobuf));
        assert_eq!(encoding("application/JSON;charset=utf-8"), Some(Encoding::Json));
        assert_eq!(encoding("application/protobuf"), None);
        assert_eq!(encoding("text/plain"), None);
        assert_eq!(Encoding::of(&HeaderMap::new()), None);
    }

    #[test]
    fn an_unknown_compression_is_named() {
        let of = |name: &'static str| {
            Compression::of(&HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(name))]))
        };
        assert_eq!(of("GZIP"), Ok(Compression::Gzip));
        assert_eq!(of("zstd"), Ok(Compression::Zstd));
        assert_eq!(of(""), Ok(Compression::Identity));
        assert_eq!(of("br"), Err("br".to_owned()));
        assert_eq!(of("gzip, identity"), Err("gzip, identity".to_owned()));
    }
}
