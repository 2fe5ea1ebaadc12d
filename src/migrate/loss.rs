//! What reverting migrations would delete. It is found out by reverting and rolling back, which also shows whether the
//! migrations can be reverted.

use super::error::MigrateError;
use super::runner;
use super::scripts::MigrationScript;
use super::tables::{self, TableContents};
use crate::db::connection::AnyConnection;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DataLoss {
    pub(crate) table: String,
    /// `None` for the whole table or some of its rows.
    pub(crate) column: Option<String>,
    /// Whether the table or column itself would be dropped, not only rows or values.
    pub(crate) is_dropped: bool,
    /// How many rows would be deleted, or have a value in the column.
    pub(crate) rows: i64,
}

/// Returns what reverting these migrations, the newest first, would delete; `None` when one of them runs without a
/// transaction and cannot be tried.
pub(crate) fn find_data_loss(
    conn: &mut AnyConnection,
    scripts: &[&MigrationScript],
) -> Result<Option<Vec<DataLoss>>, MigrateError> {
    if scripts.iter().any(|script| !script.in_transaction) {
        return Ok(None);
    }
    let before = tables::count_values(conn)?;
    let after = runner::without_foreign_keys(conn, |conn| {
        runner::begin_transaction(conn)?;
        let reverted = (|| {
            for script in scripts {
                runner::revert_within(conn, script)?;
            }
            Ok::<_, MigrateError>(tables::count_values(conn)?)
        })();
        runner::roll_back(conn);
        reverted
    })?;
    Ok(Some(
        before.iter().flat_map(|(table, before)| compare_table(table, before, after.get(table))).collect(),
    ))
}

/// Values that disappear with their rows are not listed beside these.
fn compare_table(table: &str, before: &TableContents, after: Option<&TableContents>) -> Vec<DataLoss> {
    let loss = |column: Option<&str>, is_dropped, rows| DataLoss {
        table: table.to_owned(),
        column: column.map(str::to_owned),
        is_dropped,
        rows,
    };
    let Some(after) = after else { return vec![loss(None, true, before.rows)] };
    let rows = (before.rows - after.rows).max(0);
    let mut losses = Vec::new();
    if rows > 0 {
        losses.push(loss(None, false, rows));
    }
    for (column, values) in &before.columns {
        match after.columns.get(column) {
            None => losses.push(loss(Some(column), true, *values)),
            Some(left) if values - left > rows => losses.push(loss(Some(column), false, values - left)),
            Some(_) => {}
        }
    }
    losses
}
