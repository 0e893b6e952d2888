//! Bodies read within a bound, and the rest of a refused one read away so that its connection lives on.

use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use std::time::Duration;

/// How much of a refused body is read away; a client that still sends then finds its connection closed.
const DRAIN_LIMIT: usize = 256 * 1024 * 1024;
/// How long a client may pause within a body.
const PAUSE_LIMIT: Duration = Duration::from_secs(30);

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It is longer than the limit.
    TooLarge,
    /// There is no room for it at present.
    NoRoom,
    /// The client stopped sending, or the connection broke.
    Broken,
}

/// Reads a body of at most `limit` bytes; `reserve` is asked for room before each piece is kept.
pub(crate) async fn collect(
    mut body: Incoming,
    limit: usize,
    expects_continue: bool,
    mut reserve: impl FnMut(usize) -> bool,
) -> Result<Vec<u8>, BodyError> {
    let announced = body.size_hint().lower();
    if announced > limit as u64 {
        // A client that waits for "100 Continue" reads the answer instead of sending.
        if !expects_continue {
            drain(body).await;
        }
        return Err(BodyError::TooLarge);
    }
    let mut bytes = Vec::new();
    while let Some(piece) = next_piece(&mut body).await {
        let piece = piece?;
        let refusal = if bytes.len() + piece.len() > limit {
            Some(BodyError::TooLarge)
        } else if reserve(piece.len()) {
            None
        } else {
            Some(BodyError::NoRoom)
        };
        if let Some(refusal) = refusal {
            drop(bytes);
            drain(body).await;
            return Err(refusal);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Reads a body away, so that an early answer reaches a client that sends first and reads later.
pub(crate) async fn drain(mut body: Incoming) {
    let mut left = DRAIN_LIMIT;
    while let Some(Ok(piece)) = next_piece(&mut body).await {
        match left.checked_sub(piece.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

async fn next_piece(body: &mut Incoming) -> Option<Result<hyper::body::Bytes, BodyError>> {
    loop {
        return match tokio::time::timeout(PAUSE_LIMIT, body.frame()).await {
            Err(_) | Ok(Some(Err(_))) => Some(Err(BodyError::Broken)),
            Ok(None) => None,
            Ok(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => Some(Ok(data)),
                Err(_trailers) => continue,
            },
        };
    }
}
