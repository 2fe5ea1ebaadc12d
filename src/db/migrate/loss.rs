//! What going down would drop. Found out by doing it and rolling back, which also shows whether it can be done.

use super::run::{self, MigrateError};
use super::scripts::Script;
use super::tables;
use crate::db::connection::AnyConnection;

/// Something that would be gone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lost {
    /// The table.
    pub table: String,
    /// The column, `None` for the whole table or some of its rows.
    pub column: Option<String>,
    /// Whether the table (or the column) itself would be gone, not only rows.
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
    scripts: &[&Script],
) -> Result<Option<Vec<Lost>>, MigrateError> {
    if scripts.iter().any(|script| !script.in_transaction) {
        return Ok(None);
    }
    let (rows, columns) = (tables::rows(conn)?, tables::columns(conn)?);
    let (rows_after, columns_after) = run::without_foreign_keys(conn, |conn| {
        run::begin(conn)?;
        let tried = (|| {
            for script in scripts {
                run::revert_within(conn, script)?;
            }
            Ok::<_, MigrateError>((tables::rows(conn)?, tables::columns(conn)?))
        })();
        run::roll_back(conn);
        tried
    })?;
    let mut lost = Vec::new();
    for (table, rows) in rows {
        let after = rows_after.get(&table).copied();
        if after.is_none_or(|after| after < rows) {
            let gone = rows - after.unwrap_or_default();
            lost.push(Lost { table, column: None, dropped: after.is_none(), rows: gone });
        }
    }
    for (table, column) in columns {
        let name = (table, column);
        if rows_after.contains_key(&name.0) && !columns_after.contains(&name) {
            let rows = tables::values(conn, &name.0, &name.1)?;
            lost.push(Lost { table: name.0, column: Some(name.1), dropped: true, rows });
        }
    }
    Ok(Some(lost))
}
