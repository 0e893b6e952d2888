//! `Sole`: a header that may be there once.

use super::Extract;
use crate::context::ows::trim_ows;

/// What a carrier has of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sole<'a> {
    Absent,
    /// Its value, without the white space around it.
    One(&'a [u8]),
    /// Several that differ: nobody knows which one is meant.
    Several,
}

/// The header of this name; several that say the same are one.
pub(super) fn sole<'a>(carrier: &'a (impl Extract + ?Sized), key: &str) -> Sole<'a> {
    let mut found = Sole::Absent;
    carrier.each_value(key, &mut |value| {
        let value = Sole::One(trim_ows(value));
        found = if found == Sole::Absent || found == value { value } else { Sole::Several };
    });
    found
}
