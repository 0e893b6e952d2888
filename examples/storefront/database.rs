//! A database that is not there: queries that take their time.

use std::time::Duration;
use tracing::instrument;

/// Runs a query.
#[instrument(
    skip_all,
    fields(
        otel.name = summary,
        otel.kind = "client",
        db.system.name = "postgresql",
        db.query.summary = summary,
    )
)]
pub(crate) async fn query(summary: &str, millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}
