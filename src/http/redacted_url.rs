//! URLs without what nobody else should read (semantic conventions, "HTTP spans": `url.full`, `url.query`).

use std::borrow::Cow;

const REDACTED: &str = "REDACTED";
const REDACTED_USER: &str = "REDACTED:REDACTED@";
/// Parameters whose values give access. Any case of letters: a client that gets it wrong still has sent the secret.
const SECRET: [&str; 7] = [
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "AWSAccessKeyId",
    "Signature",
    "sig",
    "X-Goog-Signature",
];
/// No name above is longer when each of its letters is percent-coded.
const LONGEST_CODED: usize = 3 * 20;

/// A URL with user and password, and the values of secret parameters, replaced.
pub(super) fn full(url: &str) -> Cow<'_, str> {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    let host = url[start..end].rfind('@').map(|at| start + at + 1);
    let (before, fragment) = url.split_at(url[end..].find('#').map_or(url.len(), |at| end + at));
    let asked = before[end..].find('?').map(|at| end + at + 1);
    let safe = asked.map(|at| query(&before[at..]));
    if host.is_none() && !matches!(safe, Some(Cow::Owned(_))) {
        return Cow::Borrowed(url);
    }
    let mut out = String::with_capacity(url.len() + REDACTED_USER.len());
    out.push_str(&url[..start]);
    if host.is_some() {
        out.push_str(REDACTED_USER);
    }
    out.push_str(&before[host.unwrap_or(start)..asked.unwrap_or(before.len())]);
    out.push_str(&safe.unwrap_or_default());
    out.push_str(fragment);
    Cow::Owned(out)
}

/// A query with the values of secret parameters replaced.
pub(super) fn query(query: &str) -> Cow<'_, str> {
    if !query.split('&').any(is_secret) {
        return Cow::Borrowed(query);
    }
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((key, _)) if is_secret(pair) => Cow::Owned(format!("{key}={REDACTED}")),
        _ => Cow::Borrowed(pair),
    });
    Cow::Owned(pairs.collect::<Vec<_>>().join("&"))
}

fn is_secret(pair: &str) -> bool {
    let Some((key, _)) = pair.split_once('=') else { return false };
    if key.len() > LONGEST_CODED {
        return false;
    }
    match key.contains('%') {
        false => SECRET.iter().any(|secret| secret.eq_ignore_ascii_case(key)),
        true => {
            let key = decoded(key);
            SECRET.iter().any(|secret| secret.as_bytes().eq_ignore_ascii_case(&key))
        }
    }
}

/// A percent-coded key; what is not properly coded stays.
fn decoded(key: &str) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), key.as_bytes());
    while let [first, tail @ ..] = rest {
        let hex = |digit: u8| char::from(digit).to_digit(16);
        rest = match (first, tail) {
            (b'%', [high, low, tail @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                let byte = hex(*high).zip(hex(*low)).map_or(0, |(high, low)| high << 4 | low);
                out.push(byte as u8);
                tail
            }
            _ => {
                out.push(*first);
                tail
            }
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn users_and_passwords_are_replaced() {
        for (url, shown) in [
            ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
            ("https://user:secret@example.com/", "https://REDACTED:REDACTED@example.com/"),
            ("https://user@example.com", "https://REDACTED:REDACTED@example.com"),
            ("https://a@b:secret@example.com:1/x@y", "https://REDACTED:REDACTED@example.com:1/x@y"),
            ("/path?mail=a@b", "/path?mail=a@b"),
            ("https://example.com?mail=a@b", "https://example.com?mail=a@b"),
        ] {
            assert_eq!(full(url), shown);
        }
    }

    #[test]
    fn the_values_of_secret_parameters_are_replaced() {
        for (query_, shown) in [
            ("", ""),
            ("a=1&b", "a=1&b"),
            ("sig=abc", "sig=REDACTED"),
            ("SIG=abc&x=sig", "SIG=REDACTED&x=sig"),
            ("a=1&Signature=a=b&c", "a=1&Signature=REDACTED&c"),
            (
                "X-Amz-Credential=k%2F1&X-Amz-Signature=&signature",
                "X-Amz-Credential=REDACTED&X-Amz-Signature=REDACTED&signature",
            ),
            ("%73ig=abc&s%ZZig=x", "%73ig=REDACTED&s%ZZig=x"),
            ("signatures=1", "signatures=1"),
        ] {
            assert_eq!(query(query_), shown);
        }
        for secret in SECRET {
            assert_eq!(
                full(&format!("http://h/p?a=1&{secret}=x#f")),
                format!("http://h/p?a=1&{secret}=REDACTED#f")
            );
        }
    }

    proptest! {
        #[test]
        fn a_secret_never_comes_through(before in "[a-z&=?@:/#%]{0,12}", user in "[a-z:%]{1,8}", at in 0..SECRET.len()) {
            let url = format!("https://{user}hunter2@example.com/p?{}&{}=hunter2", before.replace('#', ""), SECRET[at]);
            prop_assert!(!full(&url).contains("hunter2"), "{}", full(&url));
        }

        #[test]
        fn any_text_is_taken(text in ".{0,60}") {
            let _ = full(&text);
            let _ = query(&text);
        }
    }
}
