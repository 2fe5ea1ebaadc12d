//! Showing a change before it runs, and reporting it afterwards.

use std::cell::RefCell;
use std::path::PathBuf;

use serde::Serialize;

use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::super::output::Output;
use super::flow::{ChangeEvent, MigrationStep, Planner, SchemaChange};
use crate::migrate::MigrationScript;
use crate::migrate::loss::DataLoss;

/// A migration in a document.
#[derive(Clone, Debug, Serialize)]
pub(super) struct NamedMigration {
    version: String,
    name: String,
}

impl From<&MigrationScript> for NamedMigration {
    fn from(script: &MigrationScript) -> Self {
        Self { version: script.version.clone(), name: script.name.clone() }
    }
}

/// The document of `up`, `down` and `redo`.
#[derive(Default, Serialize)]
struct ChangeReport {
    planned: Vec<NamedMigration>,
    reverted: Vec<NamedMigration>,
    applied: Vec<NamedMigration>,
    /// `null` if unknown, because a migration runs without a transaction.
    lost: Option<Vec<LossRow>>,
    backup: Option<PathBuf>,
}

/// Runs a change and reports it. Continues when the output can no longer be written, and fails at the end.
pub(super) fn run_and_report<'a>(
    change: &'a SchemaChange,
    plan: Planner<'_, 'a>,
    yes: bool,
    nothing: &str,
) -> Result<(), CommandError> {
    let output = change.output;
    let report = RefCell::new(ChangeReport { lost: Some(Vec::new()), ..ChangeReport::default() });
    let mut printed = Ok(());
    let changed = change.run(
        plan,
        &mut |steps, losses| {
            let mut report = report.borrow_mut();
            let is_destructive = show_steps(output, steps, losses.as_deref());
            report.planned = steps.iter().filter_map(|step| step.executed_script()).map(Into::into).collect();
            report.lost = losses.map(|losses| losses.into_iter().map(LossRow::from).collect());
            if !is_destructive {
                return Ok(());
            }
            output.confirm("This data will be deleted.", yes)
        },
        &mut |event| {
            let mut report = report.borrow_mut();
            let line = match event {
                ChangeEvent::BackedUp(path) => {
                    output.note(format_args!("backup: {}", path.display()));
                    report.backup = Some(path.to_owned());
                    return;
                }
                ChangeEvent::Done(MigrationStep::Apply(script)) => {
                    report.applied.push(script.into());
                    format!("applied {script}")
                }
                ChangeEvent::Done(MigrationStep::Revert(script)) => {
                    report.reverted.push(script.into());
                    format!("reverted {script}")
                }
                ChangeEvent::Done(MigrationStep::Redo(script)) => {
                    report.reverted.push(script.into());
                    report.applied.push(script.into());
                    format!("reverted and applied {script}")
                }
                ChangeEvent::Done(MigrationStep::Record(_) | MigrationStep::Accept(_)) => return,
            };
            if printed.is_ok() {
                printed = output.print_line(line);
            }
        },
    );
    let report = report.into_inner();
    changed.map_err(|error| error.with_data(&report))?;
    let is_changed = !report.reverted.is_empty() || !report.applied.is_empty();
    let add_changes = |error: CommandError| {
        let backup = report.backup.as_ref().map(|path| format!(" (backup: {})", path.display()));
        if is_changed {
            error.with_prefix(&format!("the schema was changed{}", backup.unwrap_or_default()))
        } else {
            error
        }
    };
    printed.map_err(add_changes)?;
    if let Some(name) = report.backup.as_ref().and_then(|path| path.file_name())
        && !report.reverted.is_empty()
    {
        output.note(format_args!("to undo: `botctl backup restore {}`", name.display()));
    }
    let text = || if is_changed { String::new() } else { nothing.to_owned() };
    output.print_result(&report, text).map_err(add_changes)
}

/// Shows what a change would revert and delete, which is tried and rolled back. Changes nothing.
pub(super) fn show_plan<'a>(
    change: &'a SchemaChange,
    plan: Planner<'_, 'a>,
    nothing: &str,
) -> Result<(), CommandError> {
    let mut report = ChangeReport { lost: Some(Vec::new()), ..ChangeReport::default() };
    let stopped = change.run(
        plan,
        &mut |steps, losses| {
            show_steps(change.output, steps, losses.as_deref());
            report.planned = steps.iter().filter_map(|step| step.executed_script()).map(Into::into).collect();
            report.lost = losses.map(|losses| losses.into_iter().map(LossRow::from).collect());
            // Ends the run before it changes anything.
            Err(CommandError::new(ExitCode::Done, ""))
        },
        &mut |_| {},
    );
    match stopped {
        Err(error) if error.code != ExitCode::Done => Err(error),
        _ => change.output.print_result(&report, || {
            let planned = report
                .planned
                .iter()
                .map(|script| format!("would revert {} {}", script.version, script.name));
            let lines: Vec<_> = planned.collect();
            if lines.is_empty() { nothing.to_owned() } else { lines.join("\n") }
        }),
    }
}

/// Shows what will be reverted and deleted; returns whether anything will be reverted.
fn show_steps(output: Output, steps: &[MigrationStep<'_>], losses: Option<&[DataLoss]>) -> bool {
    let mut is_destructive = false;
    for step in steps {
        let again = if matches!(step, MigrationStep::Redo(_)) { " and apply it again" } else { "" };
        if let Some(script) = step.reverted_script() {
            output.note(format_args!("will revert {script}{again}"));
            is_destructive = true;
        }
    }
    match losses {
        _ if !is_destructive => {}
        None => output.note("data loss unknown: a migration runs without a transaction"),
        Some([]) => {
            output.note("no table, column, row or value will be deleted; rewritten values are not checked");
        }
        Some(losses) => output.note(format_losses(output, losses)),
    }
    is_destructive
}

/// What would be deleted, in a document.
#[derive(Debug, Serialize)]
struct LossRow {
    table: String,
    column: Option<String>,
    /// `table`, `column`, `rows` or `values`.
    kind: &'static str,
    rows: i64,
}

impl From<DataLoss> for LossRow {
    fn from(loss: DataLoss) -> Self {
        let kind = match (&loss.column, loss.is_dropped) {
            (Some(_), true) => "column",
            (Some(_), false) => "values",
            (None, true) => "table",
            (None, false) => "rows",
        };
        Self { table: loss.table, column: loss.column, kind, rows: loss.rows }
    }
}

fn format_losses(output: Output, losses: &[DataLoss]) -> String {
    let mut table = output.table(["TABLE", "DELETED", "ROWS"]);
    for loss in losses {
        let what = match (&loss.column, loss.is_dropped) {
            (Some(column), true) => format!("column {column}"),
            (Some(column), false) => format!("values in {column}"),
            (None, true) => "the table".to_owned(),
            (None, false) => "rows".to_owned(),
        };
        table.add_row([loss.table.clone(), what, loss.rows.to_string()]);
    }
    table.trim_fmt()
}
