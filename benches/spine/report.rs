//! The Markdown table of results.

/// One row of the table.
#[derive(Debug)]
pub(crate) struct ReportLine {
    pub label: &'static str,
    /// The value with its unit.
    pub measured: String,
    pub goal: &'static str,
    pub is_met: bool,
    /// How the value was obtained.
    pub detail: String,
}

pub(crate) fn print_table(lines: &[ReportLine]) {
    println!("| what | measured | goal | met | detail |");
    println!("|---|---|---|---|---|");
    for line in lines {
        let met = if line.is_met { "yes" } else { "**no**" };
        println!("| {} | {} | {} | {met} | {} |", line.label, line.measured, line.goal, line.detail);
    }
}

/// The median, the larger of two middle values; zero for no values.
pub(crate) fn median<T: Copy + Default + PartialOrd>(values: &[T]) -> T {
    percentile(values, 50)
}

/// The percentile; zero for no values.
pub(crate) fn percentile<T: Copy + Default + PartialOrd>(values: &[T], percent: usize) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_by(|left, right| left.partial_cmp(right).unwrap_or(std::cmp::Ordering::Equal));
    let last = sorted.len().saturating_sub(1);
    let index = (sorted.len() * percent / 100).min(last);
    sorted.get(index).copied().unwrap_or_default()
}

/// The values in the order of measurement.
pub(crate) fn join_values(values: &[f64], decimals: usize) -> String {
    values.iter().map(|value| format!("{value:.decimals$}")).collect::<Vec<_>>().join(", ")
}
