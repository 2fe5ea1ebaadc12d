//! A report as comma-separated values (RFC 4180).

use std::fmt::Write;

use super::super::text::printable;
use crate::domain::figures::Figures;
use crate::report::Report;

const HEADER: [&str; 12] = [
    "key",
    "name",
    "created",
    "closed",
    "refused",
    "without_amounts",
    "gross",
    "materials",
    "net",
    "master_share",
    "company_share",
    "reviews",
];

/// Returns the lines without the total, which a spreadsheet adds up itself.
pub(super) fn render_csv(report: &Report) -> String {
    let mut text = format!("{}\r\n", HEADER.join(","));
    for row in &report.rows {
        let key = row.key.map(|key| key.to_string()).unwrap_or_default();
        let name = row.name.as_deref().map(csv_text).unwrap_or_default();
        let figures = figure_fields(&row.figures).join(",");
        let _written = write!(text, "{key},{name},{figures}\r\n");
    }
    text
}

/// The counts, and the amounts in kopecks as in JSON, in the order of the header: which sign begins decimals depends on the
/// spreadsheet's language.
fn figure_fields(figures: &Figures) -> [String; 10] {
    [
        figures.created.to_string(),
        figures.closed.to_string(),
        figures.refused.to_string(),
        figures.without_amounts.to_string(),
        figures.gross.0.to_string(),
        figures.materials.0.to_string(),
        figures.net.0.to_string(),
        figures.master_share.0.to_string(),
        figures.company_share.0.to_string(),
        figures.reviews.to_string(),
    ]
}

/// Quotes a text where that is needed, and keeps a spreadsheet from taking it for a formula ("OWASP: CSV Injection").
fn csv_text(text: &str) -> String {
    let text = printable(text);
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@']);
    let text = if is_formula { format!("'{text}") } else { text };
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_texts() {
        for (text, field) in [
            ("Егор", "Егор"),
            ("=1+1", "'=1+1"),
            (" @SUM(A1)", "' @SUM(A1)"),
            ("+7 900", "'+7 900"),
            ("a,b", "\"a,b\""),
            ("=a,\"b\"", "\"'=a,\"\"b\"\"\""),
        ] {
            assert_eq!(csv_text(text), field);
        }
        assert!(!csv_text("a\tb\r\n\u{1b}[31m").contains(['\r', '\n', '\u{1b}']));
    }
}
