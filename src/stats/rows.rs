//! `Rows`: the ledger as one list. The table, the text for Prometheus and the metrics in OTLP are all made from it, so a
//! new count is one line where the rows are listed.

use super::metric::Metric;
use crate::export::Signal;

/// Why, as the semantic conventions name it (`queue_full`, `already_shutdown`), and as the ledger does.
pub(super) type Reason = [(&'static str, &'static str); 2];

/// One count.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) metric: &'static Metric,
    pub(super) signal: Signal,
    pub(super) attributes: Vec<(&'static str, String)>,
    pub(super) value: u64,
    /// What it is called in the table, indented by what it is a part of; empty: it is not in the table.
    pub(super) line: &'static str,
    /// Stands above it in the table; empty: nothing.
    pub(super) heading: String,
}

/// All counts of a ledger, in order.
#[derive(Debug, Default)]
pub(super) struct Rows {
    signal: Signal,
    /// The value of `otel.component.name`, for what belongs to an exporter.
    component: Option<String>,
    heading: String,
    rows: Vec<Row>,
}

// === impl Rows ===

impl Rows {
    /// What is added from now on is of this signal, and of no exporter.
    pub(super) fn of(&mut self, signal: Signal) {
        (self.signal, self.component) = (signal, None);
    }

    /// What is added from now on is of an exporter; `nth` of this name, from 0.
    pub(super) fn of_exporter(&mut self, name: &str, nth: usize) {
        self.component = Some(format!("{name}/{nth}"));
        self.heading = format!("exporter {name}");
    }

    /// Stands above what is added next.
    pub(super) fn heading(&mut self, text: &str) {
        text.clone_into(&mut self.heading);
    }

    pub(super) fn add(&mut self, metric: &'static Metric, line: &'static str, value: u64) {
        self.push(metric, line, value, &[]);
    }

    pub(super) fn because(
        &mut self,
        metric: &'static Metric,
        reason: &[(&'static str, &'static str)],
        line: &'static str,
        value: u64,
    ) {
        self.push(metric, line, value, reason);
    }

    fn push(
        &mut self,
        metric: &'static Metric,
        line: &'static str,
        value: u64,
        reason: &[(&'static str, &'static str)],
    ) {
        let component = self.component.iter().map(|name| ("otel.component.name", name.clone()));
        let reason = reason.iter().map(|(key, value)| (*key, (*value).to_owned()));
        let heading = std::mem::take(&mut self.heading);
        let attributes = component.chain(reason).collect();
        self.rows.push(Row { metric, signal: self.signal, attributes, value, line, heading });
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter()
    }

    /// The rows of each metric together, in the order in which the metrics first appear.
    pub(super) fn by_metric(&self) -> Vec<Vec<&Row>> {
        let mut groups = Vec::<Vec<&Row>>::new();
        for row in &self.rows {
            let same =
                |group: &&mut Vec<&Row>| group[0].metric == row.metric && group[0].signal == row.signal;
            match groups.iter_mut().find(same) {
                Some(group) => group.push(row),
                None => groups.push(vec![row]),
            }
        }
        groups
    }
}

/// A reason in both words.
pub(super) const fn reason(error_type: &'static str, ours: &'static str) -> Reason {
    [("error.type", error_type), ("throughline.reason", ours)]
}
