//! Which spans are recorded: the spans' own filter.

use super::builder::Builder;
use super::defaults;
use crate::env::Env;
use crate::error::Error;
use tracing_subscriber::filter::Targets;

pub(super) fn filter(builder: &Builder, env: &mut Env) -> Result<Targets, Error> {
    if let Some(directives) = &builder.spans {
        return directives.parse().map_err(|error| Error::config("spans", directives, error));
    }
    let parse = |directives: &str| {
        directives.parse().map_err(|error: tracing_subscriber::filter::ParseError| error.to_string())
    };
    let chosen = env.read(&["THROUGHLINE_SPANS"], defaults::SPANS, parse);
    chosen.map_or_else(
        || defaults::SPANS.parse().map_err(|error| Error::config("spans", defaults::SPANS, error)),
        Ok,
    )
}
