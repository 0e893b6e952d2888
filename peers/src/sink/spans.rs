//! Counts the spans of an `ExportTraceServiceRequest` without reading them.
//!
//! ```text
//! ExportTraceServiceRequest = 1: ResourceSpans ...
//! ResourceSpans             = 2: ScopeSpans ...
//! ScopeSpans                = 2: Span ...
//! ```

const RESOURCE_SPANS: u64 = 1;
const SCOPE_SPANS: u64 = 2;
const SPANS: u64 = 2;

/// The message is cut short or malformed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// The number of spans in `request`.
pub(super) fn count(request: &[u8]) -> Result<u64, Malformed> {
    let mut spans = 0;
    each(request, RESOURCE_SPANS, &mut |resource_spans| {
        each(resource_spans, SCOPE_SPANS, &mut |scope_spans| {
            each(scope_spans, SPANS, &mut |_| {
                spans += 1;
                Ok(())
            })
        })
    })?;
    Ok(spans)
}

/// Calls `found` with each value of the embedded messages at `field`, and steps over everything else.
fn each(
    mut message: &[u8],
    field: u64,
    found: &mut dyn FnMut(&[u8]) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    while !message.is_empty() {
        let tag = varint(&mut message)?;
        match tag & 7 {
            0 => varint(&mut message).map(drop)?,
            1 => take(&mut message, 8).map(drop)?,
            2 => {
                let length = varint(&mut message)?;
                let value = take(&mut message, length)?;
                if tag >> 3 == field {
                    found(value)?;
                }
            }
            5 => take(&mut message, 4).map(drop)?,
            _ => return Err(Malformed),
        }
    }
    Ok(())
}

fn varint(message: &mut &[u8]) -> Result<u64, Malformed> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = message.split_first().ok_or(Malformed)?;
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Malformed)
}

fn take<'a>(message: &mut &'a [u8], length: u64) -> Result<&'a [u8], Malformed> {
    let length = usize::try_from(length).map_err(|_| Malformed)?;
    let (value, rest) = message.split_at_checked(length).ok_or(Malformed)?;
    *message = rest;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::{Malformed, count};

    #[test]
    fn spans_of_every_resource_and_scope_are_counted() {
        // Two spans (one empty, one of 3 bytes) in a scope with a name, twice in one resource; an empty resource.
        let scope = [0x0a, 0x02, 0x0a, 0x00, 0x12, 0x00, 0x12, 0x03, 0x0a, 0x01, 0x07];
        let scope_spans = [&[0x12, 11][..], &scope].concat();
        let resource_spans = [&[0x0a, 26][..], &scope_spans, &scope_spans].concat();
        assert_eq!(count(&[&resource_spans[..], &[0x0a, 0x00]].concat()), Ok(4));
        assert_eq!(count(&[]), Ok(0));
    }

    #[test]
    fn a_message_cut_short_is_malformed() {
        assert_eq!(count(&[0x0a, 0x05, 0x12]), Err(Malformed));
        assert_eq!(count(&[0x80]), Err(Malformed));
        assert_eq!(count(&[0x0b]), Err(Malformed));
    }
}
