//! What everything that changes a schema has in common: look first and touch nothing, then lock, look again, make a
//! backup, and only then change.

use std::path::PathBuf;
use std::time::Duration;

use super::super::error::{CommandError, ExitCode};
use super::super::output::Output;
use super::super::schema_state::schema_error;
use crate::backup::{self, BackupOptions, BackupReason};
use crate::config::database::DatabaseUrl;
use crate::db::{AnyConnection, connection};
use crate::migrate::loss::DataLoss;
use crate::migrate::{MigrationSet, SchemaState, schema_state_of, tables};
use serde::Serialize;

/// The read-only look at a database that has to be there.
pub(super) fn look(url: &DatabaseUrl, patience: Duration) -> Result<AnyConnection, CommandError> {
    connection::look(url, patience)?.ok_or_else(|| {
        CommandError::new(ExitCode::Unreachable, format!("there is no database at {url}"))
            .hint("`botctl migrate up` makes one; or name another with --database-url")
    })
}

/// Refuses what is not ours, or is newer than we are.
pub(super) fn must_be_ours(
    conn: &mut AnyConnection,
    url: &DatabaseUrl,
    scripts: &MigrationSet,
) -> Result<(), CommandError> {
    match schema_state_of(conn, scripts)? {
        SchemaState::Current | SchemaState::Pending(_) => Ok(()),
        other => Err(schema_error(url, &other)),
    }
}

/// Opens for writing what is locked and looked at.
pub(super) fn open(url: &DatabaseUrl, patience: Duration) -> Result<AnyConnection, CommandError> {
    let mut conn = connection::open_patient(url, patience)?;
    connection::allow_writing(&mut conn)?;
    Ok(conn)
}

/// Makes a verified backup if there is anything to lose; returns where it is.
pub(super) fn backup_first(
    conn: &mut AnyConnection,
    url: &DatabaseUrl,
    dir: Option<PathBuf>,
    output: Output,
) -> Result<Option<PathBuf>, CommandError> {
    let Some(dir) = dir else { return Ok(None) };
    if !tables::has_rows(conn)? {
        return Ok(None);
    }
    let mut bar = output.progress();
    let options = BackupOptions { dir, reason: BackupReason::BeforeMigrate, compress: false };
    let made = backup::create_backup(url, &options, &mut |stage, done, total| bar.show(stage, done, total));
    drop(bar);
    let made = made.map_err(|error| {
        CommandError::from(error).with_prefix("no backup could be made, so nothing was changed")
    })?;
    if let Some(first) = made.manifest.repaired.first() {
        let what = format!("{url} is damaged outside of its rows ({first}), so nothing was changed");
        return Err(CommandError::new(ExitCode::Refused, what).hint(format_args!(
            "put back the backup that was just made, for which every row was written anew: `botctl backup restore {}`; then \
             run this again",
            made.path.display()
        )));
    }
    Ok(Some(made.path))
}

/// Something that would be gone, in a document.
#[derive(Debug, Serialize)]
pub(super) struct LossRow {
    table: String,
    column: Option<String>,
    /// `table`, `column`, `rows` or `values`.
    kind: &'static str,
    rows: i64,
}

impl From<DataLoss> for LossRow {
    fn from(lost: DataLoss) -> Self {
        let kind = match (&lost.column, lost.dropped) {
            (Some(_), true) => "column",
            (Some(_), false) => "values",
            (None, true) => "table",
            (None, false) => "rows",
        };
        Self { table: lost.table, column: lost.column, kind, rows: lost.rows }
    }
}

/// What is said where nothing of what is counted would be gone.
pub(super) const NOTHING_LOST: &str =
    "no table, column, row or value goes away; values that are only rewritten are not looked at";

/// What would be gone, as a table.
pub(super) fn lost_table(output: Output, lost: &[LossRow]) -> String {
    let mut table = output.table(["TABLE", "WHAT IS LOST", "ROWS"]);
    for row in lost {
        let lost = match &row.column {
            Some(column) if row.kind == "column" => format!("column {column}"),
            Some(column) => format!("values in {column}"),
            None if row.kind == "table" => "the table".to_owned(),
            None => "rows".to_owned(),
        };
        table.add_row([row.table.clone(), lost, row.rows.to_string()]);
    }
    table.trim_fmt()
}
