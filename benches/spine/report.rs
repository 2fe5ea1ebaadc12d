//! The table that is printed at the end, in Markdown.

/// One line of it.
#[derive(Debug)]
pub struct Line {
    /// What was measured.
    pub what: &'static str,
    /// The number, with its unit.
    pub measured: String,
    /// What it should be.
    pub goal: &'static str,
    /// Whether it is.
    pub met: bool,
    /// What the number was made of.
    pub detail: String,
}

/// Prints the table to stdout.
pub fn print(lines: &[Line]) {
    println!("| what | measured | goal | met | detail |");
    println!("|---|---|---|---|---|");
    for line in lines {
        let met = if line.met { "yes" } else { "**no**" };
        println!("| {} | {} | {} | {met} | {} |", line.what, line.measured, line.goal, line.detail);
    }
}

/// The value in the middle; the larger of two. Zero of nothing.
pub fn median<T: Copy + Default + PartialOrd>(values: &[T]) -> T {
    percentile(values, 50)
}

/// The value below which `percent` of the values are. Zero of nothing.
pub fn percentile<T: Copy + Default + PartialOrd>(values: &[T], percent: usize) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_by(|left, right| left.partial_cmp(right).unwrap_or(std::cmp::Ordering::Equal));
    let last = sorted.len().saturating_sub(1);
    let index = (sorted.len() * percent / 100).min(last);
    sorted.get(index).copied().unwrap_or_default()
}

/// Numbers in the order in which they were measured.
pub fn list(values: &[f64], decimals: usize) -> String {
    values.iter().map(|value| format!("{value:.decimals$}")).collect::<Vec<_>>().join(", ")
}
