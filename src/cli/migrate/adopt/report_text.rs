//! The report as text: first whether the counts and sums match, then what to look at.

use std::fmt::{Arguments, Write as _};
use std::path::Path;

use comfy_table::{CellAlignment, Table};

use super::super::super::output::Output;
use crate::domain::money::Kopecks;
use crate::legacy::report::{ChangeSummary, ImportReport};

/// Row ids that are shown of each kind of change.
const SHOWN_IDS: usize = 10;

pub(super) fn format_report(
    output: Output,
    database: &Path,
    backup: Option<&Path>,
    dry_run: bool,
    report: &ImportReport,
) -> String {
    let mut text = String::new();
    let done = if dry_run { "would adopt" } else { "adopted" };
    push_line(&mut text, format_args!("{done} {} (old schema: {})", database.display(), report.old_schema));
    match backup {
        Some(backup) => push_line(&mut text, format_args!("backup: {}", backup.display())),
        None if dry_run => push_line(&mut text, format_args!("nothing was changed: this ran on a copy")),
        None => push_line(&mut text, format_args!("no backup was made")),
    }
    push_line(&mut text, format_args!("counts and sums match\n"));
    push_line(&mut text, format_args!("{}\n", row_table(output, report)));
    push_line(&mut text, format_args!("{}", money_table(output, report)));
    push_changes(&mut text, "repaired:", &report.repaired);
    push_changes(&mut text, "kept in legacy_* only:", &report.kept_in_legacy);
    push_unknown(&mut text, report);
    push_dropped(&mut text, report);
    if !dry_run {
        push_line(&mut text, format_args!("\nnext: `botctl serve`"));
    }
    text
}

fn push_line(text: &mut String, line: Arguments<'_>) {
    // Writing to a string does not fail.
    let _written = writeln!(text, "{line}");
}

fn row_table(output: Output, report: &ImportReport) -> String {
    let mut table = output.table(["TABLE", "IN", "ADDED", "KEPT IN LEGACY", "OUT", "LEGACY TABLE"]);
    for count in &report.tables {
        let legacy = count.legacy.as_deref().unwrap_or("(none)");
        let numbers =
            [count.rows_in, count.added, count.kept_in_legacy, count.rows_out].map(|n| n.to_string());
        let [rows_in, added, kept, rows_out] = numbers;
        table.add_row([count.name, &rows_in, &added, &kept, &rows_out, legacy]);
    }
    align_right(table, 1..5)
}

fn money_table(output: Output, report: &ImportReport) -> String {
    let mut table = output.table(["ROUBLES", "IN", "REPAIRED", "KEPT IN LEGACY", "OUT"]);
    for sum in &report.money {
        let [sum_in, repaired, kept, sum_out] = [sum.sum_in, sum.repaired, sum.kept_in_legacy, sum.sum_out]
            .map(|kopecks| Kopecks(kopecks).to_string());
        table.add_row([sum.column, &sum_in, &repaired, &kept, &sum_out]);
    }
    align_right(table, 1..5)
}

fn align_right(mut table: Table, columns: std::ops::Range<usize>) -> String {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

fn push_changes(text: &mut String, heading: &str, changes: &[ChangeSummary]) {
    if changes.is_empty() {
        return;
    }
    push_line(text, format_args!("\n{heading}"));
    for ChangeSummary { message, table, count, ids, .. } in changes {
        let shown: Vec<_> = ids.iter().take(SHOWN_IDS).map(i64::to_string).collect();
        let more = if *count > shown.len() as u64 { ", …" } else { "" };
        push_line(text, format_args!("{count:>7}  {message}\n         {table} {}{more}", shown.join(", ")));
    }
}

fn push_unknown(text: &mut String, report: &ImportReport) {
    if !report.unknown_columns.is_empty() || !report.unknown_tables.is_empty() {
        push_line(text, format_args!("\nnot in the new schema, kept in legacy_*:"));
    }
    for found in &report.unknown_columns {
        push_line(text, format_args!("  column {}.{} ({} values)", found.table, found.column, found.values));
    }
    for found in &report.unknown_tables {
        push_line(text, format_args!("  table {}, now {} ({} rows)", found.table, found.legacy, found.rows));
    }
}

fn push_dropped(text: &mut String, report: &ImportReport) {
    if !report.dropped.is_empty() {
        push_line(
            text,
            format_args!(
                "\ndropped, because the table has moved or the new schema needs the name (keep the SQL if you need it):"
            ),
        );
    }
    for dropped in &report.dropped {
        if dropped.kind == "index" && !dropped.sql.contains('\n') {
            push_line(text, format_args!("  {}", dropped.sql));
            continue;
        }
        push_line(text, format_args!("  {} {}:", dropped.kind, dropped.name));
        for line in dropped.sql.lines() {
            push_line(text, format_args!("      {}", line.trim_end()));
        }
    }
}
