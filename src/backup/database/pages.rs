//! A SQLite database as one file.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::db::connection::AnyConnection;
use crate::db::error::{Error, Result};

/// Copies the database as it is now into a new SQLite file, beside whoever writes meanwhile. The connection must be one
/// that [may write](crate::db::connection::allow_writing), though nothing is written to its own database.
///
/// # Errors
/// When the file cannot be written, or on PostgreSQL.
pub fn copy_into(conn: &mut AnyConnection, file: &Path) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(c) => {
            let file = file.to_str().ok_or_else(|| {
                Error::Connect(format!(
                    "{} is a path that is no UTF-8, which SQLite cannot take",
                    file.display()
                ))
            })?;
            diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(file).execute(c)?;
            Ok(())
        }
        AnyConnection::Pg(_) => {
            Err(Error::Connect("only a SQLite database can be copied into a file".to_owned()))
        }
    }
}

/// Takes what is in the `-wal` or the `-journal` beside the file into the file and removes them: afterwards the file
/// alone is the whole database, and as long as the connection lives nobody else can write to it.
///
/// # Errors
/// When somebody else has the database open ("database is locked").
pub fn fold_into_one_file(conn: &mut AnyConnection) -> Result<()> {
    #[derive(QueryableByName)]
    struct Mode {
        #[diesel(sql_type = Text)]
        journal_mode: String,
    }
    let AnyConnection::Sqlite(c) = conn else { return Ok(()) };
    let now: Mode = diesel::sql_query("PRAGMA journal_mode = DELETE").get_result(c)?;
    if now.journal_mode != "delete" {
        return Err(Error::Connect("the database is locked".to_owned()));
    }
    c.batch_execute("BEGIN EXCLUSIVE")?;
    Ok(())
}
