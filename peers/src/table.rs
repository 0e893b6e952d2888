//! A table in Markdown with aligned columns, as it is pasted into the README.

/// Rows of cells under a head.
pub struct Table {
    rows: Vec<Vec<String>>,
}

// === impl Table ===

impl Table {
    /// With these words at the head of its columns.
    #[must_use]
    pub fn new(head: &[&str]) -> Self {
        Table { rows: vec![head.iter().map(ToString::to_string).collect()] }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If it has not a cell for each column.
    pub fn row(&mut self, cells: Vec<String>) {
        assert_eq!(cells.len(), self.rows[0].len(), "a cell for each column");
        self.rows.push(cells);
    }

    /// Prints it.
    pub fn print(&self) {
        let widths: Vec<usize> = (0..self.rows[0].len())
            .map(|column| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0).max(2))
            .collect();
        for (index, row) in self.rows.iter().enumerate() {
            println!("| {} |", line(row, &widths));
            if index == 0 {
                println!("|{}|", rule(&widths));
            }
        }
        println!();
    }
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cell = |(index, (text, &width)): (usize, (&String, &usize))| {
        if index == 0 { format!("{text:<width$}") } else { format!("{text:>width$}") }
    };
    row.iter().zip(widths).enumerate().map(cell).collect::<Vec<_>>().join(" | ")
}

fn rule(widths: &[usize]) -> String {
    let cell = |(index, width): (usize, &usize)| {
        if index == 0 { "-".repeat(width + 2) } else { format!("{}:", "-".repeat(width + 1)) }
    };
    widths.iter().enumerate().map(cell).collect::<Vec<_>>().join("|")
}
