//! `Fault`: what the collector does to one request.

use crate::seed::Seed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Takes it and says so.
    Take,
    /// Takes it and says so with a status of success that says less than 200.
    TakeAs(u16),
    /// Takes it and says so after so many milliseconds.
    TakeLate(u64),
    /// Takes it and says so a byte at a time.
    Drip,
    /// Takes all but the first so many spans, and says so.
    TakePart(u64),
    /// Takes it, and closes the connection in the middle of the answer's body: the status holds.
    TakeAndPromiseMore,
    /// Takes it, and sends more than it announced, then closes.
    TakeAndSayMore,
    /// Answers 100 first, then takes it.
    ContinueThenTake,
    /// Takes it and resets the connection without a word.
    TakeAndReset,
    /// Takes it and closes its half of the connection without a word.
    TakeAndHalfClose,
    /// Takes it and says nothing until the other side gives up.
    TakeAndHang,
    /// A status that may go better later, with a `Retry-After` or without.
    Later(u16, Option<&'static str>),
    /// A status that will not.
    Never(u16),
    /// 413, where there is more than one span; a single one it takes.
    TooLarge,
    /// Resets the connection when it has read so many bytes of the body.
    ResetAfter(usize),
    /// Stops reading after so many bytes, until the other side gives up.
    StopReading(usize),
    /// Closes its half of the connection without an answer.
    HalfClose,
    /// Bytes that are no HTTP.
    Garbage(&'static [u8]),
    /// Resets the connection, and closes its port for so many milliseconds.
    Vanish(u64),
}

/// The ones that keep a request waiting until its timeout come once in so many.
const SLOW: u64 = 300;

// === impl Fault ===

impl Fault {
    pub(crate) fn random(seed: &mut Seed) -> Fault {
        if seed.once_in(SLOW) {
            return match seed.below(2) {
                0 => Fault::TakeAndHang,
                _ => Fault::StopReading(seed.below(600) as usize),
            };
        }
        match seed.below(24) {
            0..=3 => Fault::Take,
            4 => Fault::TakeAs(seed.one_of(&[202, 204, 206])),
            5 => Fault::TakeLate(seed.below(8)),
            6 => Fault::Drip,
            7 => Fault::TakePart(seed.below(6)),
            8 => Fault::TakeAndPromiseMore,
            9 => Fault::TakeAndSayMore,
            10 => Fault::ContinueThenTake,
            11 => Fault::TakeAndReset,
            12 => Fault::TakeAndHalfClose,
            13..=15 => {
                let after = seed.one_of(&[
                    None,
                    None,
                    Some("0"),
                    Some("Sun, 06 Nov 1994 08:49:37 GMT"),
                    Some("soon"),
                ]);
                Fault::Later(seed.one_of(&[429, 502, 503, 504]), after)
            }
            16 => Fault::Never(seed.one_of(&[301, 400, 401, 403, 404, 405, 415, 500, 501])),
            17..=18 => Fault::TooLarge,
            19 => Fault::ResetAfter(seed.below(600) as usize),
            20 => Fault::HalfClose,
            21..=22 => Fault::Garbage(seed.one_of(&[
                b"",
                b"HTTP/1.1 20",
                b"\x15\x03\x01\x00\x02\x02\x50",
                b"SSH-2.0-OpenSSH_9.9\r\n",
                b"HTTP/1.1 200 OK\r\ncontent-length: 0",
                b"HTTP/9.9 200 OK\r\n\r\n",
            ])),
            _ => Fault::Vanish(seed.below(20)),
        }
    }
}
