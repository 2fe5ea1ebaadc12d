//! What going down would drop. Found out by doing it and rolling back, which also shows whether it can be done.

use super::run::{self, MigrateError};
use super::scripts::MigrationScript;
use super::tables::{self, TableContents};
use crate::db::connection::AnyConnection;

/// Something that would be gone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DataLoss {
    /// The table.
    pub table: String,
    /// The column, `None` for the whole table or some of its rows.
    pub column: Option<String>,
    /// Whether the table (or the column) itself would be gone, not only rows (or values).
    pub dropped: bool,
    /// How many rows would be gone, or have a value in the column.
    pub rows: i64,
}

/// What taking back these migrations, the newest first, would drop; `None` when one of them runs without a transaction, so
/// that it cannot be tried.
///
/// # Errors
/// [`MigrateError::Failed`] when one of them cannot be taken back.
pub fn of_going_down(
    conn: &mut AnyConnection,
    scripts: &[&MigrationScript],
) -> Result<Option<Vec<DataLoss>>, MigrateError> {
    if scripts.iter().any(|script| !script.in_transaction) {
        return Ok(None);
    }
    let before = tables::filled(conn)?;
    let after = run::without_foreign_keys(conn, |conn| {
        run::begin(conn)?;
        let tried = (|| {
            for script in scripts {
                run::revert_within(conn, script)?;
            }
            Ok::<_, MigrateError>(tables::filled(conn)?)
        })();
        run::roll_back(conn);
        tried
    })?;
    Ok(Some(before.iter().flat_map(|(table, before)| missing(table, before, after.get(table))).collect()))
}

/// What was in a table and is no longer. A column whose values go with their rows is not named beside these.
fn missing(table: &str, before: &TableContents, after: Option<&TableContents>) -> Vec<DataLoss> {
    let lost = |column: Option<&str>, dropped, rows| DataLoss {
        table: table.to_owned(),
        column: column.map(str::to_owned),
        dropped,
        rows,
    };
    let Some(after) = after else { return vec![lost(None, true, before.rows)] };
    let rows = (before.rows - after.rows).max(0);
    let mut missing = Vec::new();
    if rows > 0 {
        missing.push(lost(None, false, rows));
    }
    for (column, values) in &before.columns {
        match after.columns.get(column) {
            None => missing.push(lost(Some(column), true, *values)),
            Some(left) if values - left > rows => missing.push(lost(Some(column), false, values - left)),
            Some(_) => {}
        }
    }
    missing
}
