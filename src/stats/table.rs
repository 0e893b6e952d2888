//! The ledger as a table, for people.

use super::rows::Rows;
use super::stats::Stats;
use std::fmt;

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = Rows::default();
        self.list(&mut rows);
        let mut first = true;
        for row in rows.iter() {
            for line in [heading(&row.heading), entry(row.line, row.value)].into_iter().flatten() {
                let end = if std::mem::take(&mut first) { "" } else { "\n" };
                write!(f, "{end}{line}")?;
            }
        }
        Ok(())
    }
}

fn heading(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn entry(what: &str, count: u64) -> Option<String> {
    (!what.is_empty()).then(|| format!("{what:<28}{count:>12}"))
}
