//! What a failed span says of its failure.

use crate::query::value_text;
use crate::store::Span;
use throughline::wire::KeyValue;

/// The status message of a failed span, else its last exception; empty if it says nothing, `None` if it did not fail.
pub(crate) fn failure(span: &Span) -> Option<String> {
    if !span.is_error() {
        return None;
    }
    let message = &span.data().status.description;
    let exception = span.data().events.iter().rev().find(|event| event.name == "exception");
    Some(match exception {
        _ if !message.is_empty() => message.clone(),
        Some(event) => {
            let kind = text(&event.attributes, "exception.type");
            let message = text(&event.attributes, "exception.message");
            let parts: Vec<String> = [kind, message].into_iter().filter(|part| !part.is_empty()).collect();
            parts.join(": ")
        }
        None => String::new(),
    })
}

fn text(attributes: &[KeyValue], key: &str) -> String {
    let found = attributes.iter().find(|attribute| attribute.key == key);
    found.map(|attribute| value_text(&attribute.value).into_owned()).unwrap_or_default()
}
