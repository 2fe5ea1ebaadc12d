//! The report of a takeover as somebody reads it at three in the morning: first whether all is well, then what to look at.

use std::fmt::Write as _;
use std::path::Path;

use comfy_table::{CellAlignment, Table};

use super::super::super::output::Output;
use crate::domain::money::Kopecks;
use crate::legacy::report::{Change, Report};

/// Numbers of rows that are shown of each kind of change.
const SHOWN: usize = 10;

/// The whole report.
pub(super) fn report(
    output: Output,
    database: &Path,
    backup: Option<&Path>,
    dry_run: bool,
    report: &Report,
) -> String {
    let mut text = String::new();
    let done = if dry_run { "would take over" } else { "took over" };
    line(
        &mut text,
        format_args!("{done} {} (schema of the old bot: {})", database.display(), report.made_by),
    );
    match backup {
        Some(backup) => line(&mut text, format_args!("backup: {}", backup.display())),
        None if dry_run => line(&mut text, format_args!("nothing was changed: this was tried out on a copy")),
        None => line(&mut text, format_args!("no backup was made")),
    }
    line(&mut text, format_args!("counts and sums agree\n"));
    line(&mut text, format_args!("{}\n", rows(output, report)));
    line(&mut text, format_args!("{}", money(output, report)));
    changes(&mut text, "mended:", &report.mended);
    changes(&mut text, "set aside, only in legacy_* now:", &report.set_aside);
    left_over(&mut text, report);
    if !dry_run {
        line(&mut text, format_args!("\nnext: `botctl serve`"));
    }
    text
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _written = writeln!(text, "{words}");
}

fn rows(output: Output, report: &Report) -> String {
    let mut table = output.table(["TABLE", "IN", "ADDED", "SET ASIDE", "OUT", "OLD ROWS ARE IN"]);
    for count in &report.tables {
        let legacy = count.legacy.as_deref().unwrap_or("(there was none)");
        let numbers = [count.rows_in, count.added, count.set_aside, count.rows_out].map(|n| n.to_string());
        let [rows_in, added, set_aside, rows_out] = numbers;
        table.add_row([count.name, &rows_in, &added, &set_aside, &rows_out, legacy]);
    }
    right(table, 1..5)
}

fn money(output: Output, report: &Report) -> String {
    let mut table = output.table(["ROUBLES", "IN", "MENDED", "SET ASIDE", "OUT"]);
    for sum in &report.money {
        let [sum_in, mended, set_aside, sum_out] =
            [sum.sum_in, sum.mended, sum.set_aside, sum.sum_out].map(|kopecks| Kopecks(kopecks).to_string());
        table.add_row([sum.column, &sum_in, &mended, &set_aside, &sum_out]);
    }
    right(table, 1..5)
}

fn right(mut table: Table, columns: std::ops::Range<usize>) -> String {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

fn changes(text: &mut String, heading: &str, changes: &[Change]) {
    if changes.is_empty() {
        return;
    }
    line(text, format_args!("\n{heading}"));
    for Change { message, table, count, ids, .. } in changes {
        let shown: Vec<_> = ids.iter().take(SHOWN).map(i64::to_string).collect();
        let more = if *count > shown.len() as u64 { ", …" } else { "" };
        line(text, format_args!("{count:>7}  {message}\n         {table} {}{more}", shown.join(", ")));
    }
}

fn left_over(text: &mut String, report: &Report) {
    if !report.unknown_columns.is_empty() || !report.unknown_tables.is_empty() {
        line(text, format_args!("\nhas no place in the new schema and stays in legacy_*:"));
    }
    for found in &report.unknown_columns {
        line(text, format_args!("  column {}.{} ({} values)", found.table, found.column, found.values));
    }
    for found in &report.unknown_tables {
        line(text, format_args!("  table {}, now {} ({} rows)", found.table, found.legacy, found.rows));
    }
    if !report.dropped.is_empty() {
        line(
            text,
            format_args!(
                "\ndropped, because it belongs to tables that are elsewhere now or has a name that is needed (its SQL, to keep):"
            ),
        );
    }
    for dropped in &report.dropped {
        if dropped.kind == "index" && !dropped.sql.contains('\n') {
            line(text, format_args!("  {}", dropped.sql));
            continue;
        }
        line(text, format_args!("  {} {}:", dropped.kind, dropped.name));
        for words in dropped.sql.lines() {
            line(text, format_args!("      {}", words.trim_end()));
        }
    }
}
