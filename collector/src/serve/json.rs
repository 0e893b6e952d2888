//! `Json`: writes JSON text piece by piece, commas included.

use crate::query::put_json_string;
use std::fmt::{Display, Write};

/// JSON text in the making.
#[derive(Debug, Default)]
pub(super) struct Json {
    text: String,
    needs_comma: bool,
}

// === impl Json ===

impl Json {
    /// The text of one value that `write` writes.
    pub(super) fn text(write: impl FnOnce(&mut Json)) -> String {
        let mut json = Json::default();
        write(&mut json);
        json.text
    }

    /// How long the text is so far, in bytes.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn object(&mut self, write: impl FnOnce(&mut Json)) {
        self.enclosed('{', '}', write);
    }

    pub(super) fn array(&mut self, write: impl FnOnce(&mut Json)) {
        self.enclosed('[', ']', write);
    }

    /// The key of the value that comes next.
    pub(super) fn key(&mut self, key: &str) -> &mut Self {
        self.comma();
        put_json_string(&mut self.text, key);
        self.text.push(':');
        self.needs_comma = false;
        self
    }

    pub(super) fn string(&mut self, text: &str) {
        self.comma();
        put_json_string(&mut self.text, text);
    }

    /// A number, `true`, `false` or `null`: anything that is JSON as it prints.
    pub(super) fn plain(&mut self, value: impl Display) {
        self.comma();
        // Writing to a string never fails.
        let _ = write!(self.text, "{value}");
    }

    /// Text that is safe in JSON as it prints, such as an id.
    pub(super) fn quoted(&mut self, value: impl Display) {
        self.plain(format_args!("\"{value}\""));
    }

    fn enclosed(&mut self, open: char, close: char, write: impl FnOnce(&mut Json)) {
        self.comma();
        self.text.push(open);
        self.needs_comma = false;
        write(self);
        self.text.push(close);
        self.needs_comma = true;
    }

    fn comma(&mut self) {
        if self.needs_comma {
            self.text.push(',');
        }
        self.needs_comma = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_come_between_values_only() {
        let text = Json::text(|j| {
            j.object(|j| {
                j.key("a").array(|j| {
                    j.plain(1);
                    j.string("x\"y");
                    j.object(|_| {});
                });
                j.key("b").plain("null");
                j.key("c").array(|_| {});
            });
        });
        assert_eq!(text, r#"{"a":[1,"x\"y",{}],"b":null,"c":[]}"#);
    }
}
