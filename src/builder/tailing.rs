//! The tail that code asks for: no variable does.

use super::builder::Builder;
use crate::error::Error;
use crate::tail::Tail;
use tracing_subscriber::filter::Targets;

pub(super) fn tail(builder: &mut Builder, queue_bytes: usize) -> Result<Option<Tail>, Error> {
    builder.tail.take().map(|tail| tail.resolved(queue_bytes)).transpose()
}

/// What the flight recorder records, if somebody takes it.
pub(super) fn flight_recorder(tail: Option<&Tail>, taken: bool) -> Result<Option<Targets>, Error> {
    let directives = tail.and_then(|tail| tail.flight_recorder.as_deref());
    let parse = |directives: &str| {
        directives.parse::<Targets>().map_err(|error| Error::config("flight_recorder", directives, error))
    };
    let targets = directives.map(parse).transpose()?;
    Ok(targets.filter(|_| taken))
}
