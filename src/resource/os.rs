//! The operating system: `os.*` (semantic conventions, "Operating system").

use super::surroundings::Surroundings;
use crate::wire::KeyValue;

/// Keys of `os-release` and their attributes.
const KEYS: [(&str, &str); 4] = [
    ("NAME", "os.name"),
    ("VERSION_ID", "os.version"),
    ("PRETTY_NAME", "os.description"),
    ("BUILD_ID", "os.build_id"),
];

pub(super) fn find(around: &Surroundings) -> Vec<KeyValue> {
    let mut found = vec![KeyValue::new("os.type", kind(std::env::consts::OS))];
    let release = around.file("/etc/os-release").or_else(|| around.file("/usr/lib/os-release"));
    for (key, attribute) in KEYS {
        let value = release.as_deref().and_then(|release| release_value(release, key));
        found.extend(value.map(|value| KeyValue::new(attribute, value)));
    }
    if found.iter().all(|it| it.key != "os.build_id") {
        let kernel = around.line("/proc/sys/kernel/osrelease");
        found.extend(kernel.map(|kernel| KeyValue::new("os.build_id", kernel)));
    }
    found
}

/// The conventions' name of an operating system of Rust's.
fn kind(rust: &str) -> &str {
    match rust {
        "macos" | "ios" | "tvos" | "watchos" | "visionos" => "darwin",
        "dragonfly" => "dragonflybsd",
        "illumos" => "solaris",
        other => other,
    }
}

/// The value of a key in lines of `KEY=value`, `KEY="value"` or `KEY='value'`, where `\` keeps the character after it.
fn release_value(release: &str, key: &str) -> Option<String> {
    let line = |line: &'_ str| line.trim().strip_prefix(key)?.strip_prefix('=').map(str::to_owned);
    // As in a shell, the last one counts.
    let raw = release.lines().filter_map(line).next_back()?;
    let quote = raw.chars().next().filter(|c| ['"', '\''].contains(c));
    let inner = quote.and_then(|quote| raw.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(&raw);
    let (mut value, mut rest) = (String::with_capacity(inner.len()), inner.chars());
    while let Some(c) = rest.next() {
        value.extend(if c == '\\' && quote != Some('\'') { rest.next() } else { Some(c) });
    }
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBIAN: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n\
                          VERSION=\"12 (bookworm)\"\nID=debian\n";
    const ALPINE: &str =
        "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.20.1\nPRETTY_NAME='Alpine Linux v3.20'\n";

    fn of(found: &[KeyValue], key: &str) -> Option<String> {
        found.iter().find(|it| it.key == key).map(|it| format!("{:?}", it.value))
    }

    #[test]
    fn the_release_is_read() {
        let around = Surroundings::of(
            &[("/etc/os-release", DEBIAN), ("/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n")],
            &[],
        );
        let found = find(&around);
        for (key, value) in [
            ("os.name", "Debian GNU/Linux"),
            ("os.version", "12"),
            ("os.description", "Debian GNU/Linux 12 (bookworm)"),
            ("os.build_id", "6.1.0-18-amd64"),
        ] {
            assert_eq!(of(&found, key), Some(format!("String({value:?})")), "{key}");
        }
        let found = find(&Surroundings::of(&[("/usr/lib/os-release", ALPINE)], &[]));
        assert_eq!(of(&found, "os.description").as_deref(), Some("String(\"Alpine Linux v3.20\")"));
        assert_eq!(of(&found, "os.version").as_deref(), Some("String(\"3.20.1\")"));
        assert_eq!(of(&found, "os.build_id"), None);
    }

    #[test]
    fn quotes_and_backslashes_are_those_of_a_shell() {
        for (line, value) in [
            ("NAME=plain", Some("plain")),
            (r#"NAME="a \"b\" \$c""#, Some(r#"a "b" $c"#)),
            ("NAME='a\\b'", Some("a\\b")),
            ("NAME=\"", Some("\"")),
            ("NAME=\"\"", None),
            ("NAME=", None),
            ("NAMES=x", None),
            ("# NAME=x", None),
            ("NAME=first\nNAME=last", Some("last")),
        ] {
            assert_eq!(release_value(line, "NAME").as_deref(), value, "{line}");
        }
    }

    #[test]
    fn systems_have_the_names_of_the_conventions() {
        let names = ["linux", "macos", "windows", "dragonfly", "freebsd"].map(kind);
        assert_eq!(names, ["linux", "darwin", "windows", "dragonflybsd", "freebsd"]);
    }
}
