//! The pages of a SQLite database as they are at one moment.

use std::ops::Range;
use std::path::Path;

use diesel::connection::{DefaultLoadingMode, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::{Binary, Text};

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};

#[derive(QueryableByName)]
struct Page {
    #[diesel(sql_type = Binary)]
    bytes: Vec<u8>,
}

/// From now on the connection sees a SQLite database as it is now, whatever others write, for as long as it lives.
///
/// # Errors
/// When the database cannot be read.
pub fn stop_time(conn: &mut AnyConnection) -> Result<()> {
    if let AnyConnection::Sqlite(c) = conn {
        // BEGIN alone waits for the first read.
        c.batch_execute("BEGIN; SELECT count(*) FROM sqlite_schema")?;
    }
    Ok(())
}

/// Ends that.
///
/// # Errors
/// When the statement fails.
pub fn let_time_go_on(conn: &mut AnyConnection) -> Result<()> {
    on_each!(conn, |c| c.batch_execute("COMMIT"))?;
    Ok(())
}

/// Where the header of a SQLite file says how it is written, and how read: 1 alone, 2 with a `-wal` beside it ("Database
/// File Format", 1.3.3).
const JOURNAL_MODES: Range<usize> = 18..20;

/// Gives `each` the pages of a SQLite database as it is now, first to last, beside whoever writes meanwhile. Put one
/// after the other they are a file that needs no `-wal`.
///
/// Unlike `VACUUM INTO`, which puts every row into a new place, this costs little more than reading the file: a third of
/// the time, during which whoever writes waits for the processor and a checkpoint for us. The pages come through
/// `sqlite_dbpage`, so they are those of one read transaction, whatever is in the `-wal`. It copies damage too: the copy must
/// be [checked](super::check::steps).
///
/// # Errors
/// When the database cannot be read, on PostgreSQL, or whatever `each` fails with; then at once.
pub fn for_each<E: From<Error>>(
    conn: &mut AnyConnection,
    mut each: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let conn = match conn {
        AnyConnection::Sqlite(conn) => conn,
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(_) => {
            return Err(Error::Connect("only a SQLite database has pages".to_owned()).into());
        }
    };
    let query = diesel::sql_query("SELECT data AS bytes FROM sqlite_dbpage ORDER BY pgno");
    let mut is_first = true;
    for page in query.load_iter::<Page, DefaultLoadingMode>(conn).map_err(Error::Query)? {
        let mut bytes = page.map_err(Error::Query)?.bytes;
        if std::mem::take(&mut is_first)
            && let Some(modes) = bytes.get_mut(JOURNAL_MODES)
        {
            modes.fill(1);
        }
        each(&bytes)?;
    }
    Ok(())
}

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
        #[cfg(feature = "postgres")]
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
