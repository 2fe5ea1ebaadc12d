//! Taking over a SQLite database of the old Python bot: everything about it, in one transaction.
//!
//! | file | what |
//! |---|---|
//! | `source` | the old tables, columns and rows; `cell`: one value |
//! | `convert` | what the values mean; `work`: reading them with a note of what was mended |
//! | `aside` | the old tables become `legacy_*` |
//! | `people`, `orders`, `logs` | the rows, table by table |
//! | `checks` | counts and sums, before anything is kept |
//! | `report` | what came of it |
//!
//! No row makes this fail. What is odd is mended and counted; what cannot stand in the new tables stays in the old ones and
//! is listed. Only if what comes out does not agree with what went in, nothing is kept.
//!
//! The old bot wrote its times in UTC (`CURRENT_TIMESTAMP`, `datetime.utcnow()`) without saying so.

mod aside;
mod cell;
mod checks;
mod convert;

mod logs;
mod orders;
mod people;
pub mod report;
mod source;
mod work;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::migrate::{self, MigrateError};
use crate::db::connection::{AnyConnection, allow_writing};
use crate::db::error::{Error, Result};
use report::{MoneySum, Report, TableCount, UnknownColumn, UnknownTable};
use source::{Table, number, quoted};
use work::Work;

/// How far it is: a stage ("orders"), and how many rows are done of how many.
pub type Progress<'a> = &'a mut dyn FnMut(&'static str, u64, u64);

/// What the wire knows and this room does not.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether a text is what a press on the skip button sends.
    pub is_skip_label: fn(&str) -> bool,
}

/// Why a database was not taken over; it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// It is none of the old bot's.
    #[error("this is no database of the old bot: {0}")]
    NotTheOldBots(String),
    /// What came out is not what went in.
    #[error("what came out does not agree with what went in: {}", .0.join("; "))]
    Disagrees(Vec<String>),
    /// Somebody wrote to it after the backup.
    #[error("somebody wrote to the database after the backup was made")]
    WrittenMeanwhile,
    /// The new schema could not be made.
    #[error(transparent)]
    Schema(#[from] MigrateError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// What a database is to this command.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Standing {
    /// The old bot's.
    OldBots,
    /// Ours, and the old bot's once.
    Adopted,
    /// The same, and the new schema has been taken back since: what came over is gone, the old rows are in `legacy_*`.
    TakenBack,
    /// Looks like the old bot's and lacks what every version of that had.
    Unlike(String),
    /// Something else; how it stands to this program.
    Other(migrate::SchemaState),
}

/// Something in a database that takes a collation or a function which is not there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unusable {
    /// `index by_name`, `table notes`.
    pub what: String,
    /// What SQLite says.
    pub reason: String,
    /// The SQL that removes it.
    pub hint: String,
}

/// What the database is.
///
/// # Errors
/// When the database fails.
pub fn standing(conn: &mut AnyConnection) -> Result<Standing> {
    Ok(match migrate::schema_state(conn)? {
        migrate::SchemaState::LegacyBot => match recognise(&on_sqlite(conn, source::tables)?) {
            Err(missing) => Standing::Unlike(missing),
            Ok(()) => Standing::OldBots,
        },
        migrate::SchemaState::Current | migrate::SchemaState::Pending(_) if has_legacy_tables(conn)? => {
            let has_orders = migrate::tables::has_table(conn, orders::ORDERS)?;
            if has_orders { Standing::Adopted } else { Standing::TakenBack }
        }
        other => Standing::Other(other),
    })
}

/// What SQLite by itself cannot check or write, without which the database can be neither backed up nor taken over. The
/// rules of tables (CHECK) are only seen by a connection to a file that can be written.
///
/// # Errors
/// When the database fails.
pub fn unusable(conn: &mut AnyConnection) -> Result<Vec<Unusable>> {
    on_sqlite(conn, source::unusable)
}

fn has_legacy_tables(conn: &mut AnyConnection) -> Result<bool> {
    let AnyConnection::Sqlite(c) = conn else { return Ok(false) };
    // With a number behind it where the old bot had a table of that name itself.
    let query = "SELECT count(*) AS number FROM sqlite_schema
                 WHERE type = 'table' AND (lower(name) = 'legacy_orders' OR lower(name) GLOB 'legacy_orders_[0-9]*')";
    Ok(number(c, query)? > 0)
}

/// A number that changes whenever another connection has written to the database.
///
/// # Errors
/// When the database fails.
pub fn data_version(conn: &mut AnyConnection) -> Result<i64> {
    let AnyConnection::Sqlite(c) = conn else { return Ok(0) };
    number(c, "SELECT data_version AS number FROM pragma_data_version")
}

/// Makes sure that the database can be had alone at this moment, and returns whether it was in WAL mode, which it is not
/// afterwards: in that mode a lock does not keep out who merely has the file open, and they would go on writing to it.
///
/// # Errors
/// That it is locked, or that it cannot be written.
pub fn try_alone(conn: &mut AnyConnection) -> Result<bool> {
    allow_writing(conn)?;
    let AnyConnection::Sqlite(c) = conn else { return Ok(false) };
    let was_wal = journal_mode(c)? == "wal";
    begin_alone(c)?;
    // The lock alone is to be had on a file that cannot be written, too.
    let same = number(c, "SELECT user_version AS number FROM pragma_user_version")?;
    let written = c.batch_execute(&format!("PRAGMA user_version = {same}"));
    AnsiTransactionManager::rollback_transaction(c)?;
    written?;
    Ok(was_wal)
}

/// Begins a transaction beside which nobody else has the file open (WAL mode) or can read or write it.
fn begin_alone(c: &mut SqliteConnection) -> Result<()> {
    if journal_mode(c)? == "wal" {
        // Fails as locked while anybody else has the file open, and puts what is in the `-wal` into the file.
        c.batch_execute("PRAGMA journal_mode = DELETE")?;
    }
    // Not later: with the lock of a reader, two who want to write wait for each other.
    AnsiTransactionManager::begin_transaction_sql(c, "BEGIN EXCLUSIVE")?;
    if journal_mode(c)? == "wal" {
        AnsiTransactionManager::rollback_transaction(c)?;
        // In the words of SQLite, by which it is known. Somebody opened it in between and switched it back.
        return Err(Error::Connect("database is locked".to_owned()));
    }
    Ok(())
}

fn journal_mode(c: &mut SqliteConnection) -> Result<String> {
    #[derive(QueryableByName)]
    struct Mode {
        #[diesel(sql_type = Text)]
        journal_mode: String,
    }
    Ok(diesel::sql_query("PRAGMA journal_mode").get_result::<Mode>(c)?.journal_mode)
}

/// Takes the database over, all of it or nothing. `seen` is the [`data_version`] of this connection from before the backup.
///
/// # Errors
/// See [`AdoptError`]; the database is as it was.
pub fn adopt(
    conn: &mut AnyConnection,
    options: Options,
    seen: Option<i64>,
    progress: Progress<'_>,
) -> Result<Report, AdoptError> {
    allow_writing(conn)?;
    // References are checked as a whole at the end; the setting has no effect inside of a transaction.
    on_sqlite(conn, |c| {
        c.batch_execute("PRAGMA foreign_keys = OFF; PRAGMA cache_size = -65536")?;
        begin_alone(c)
    })?;
    let done = match seen {
        Some(seen) if data_version(conn)? != seen => Err(AdoptError::WrittenMeanwhile),
        _ => within(conn, options, progress),
    };
    on_sqlite(conn, |c| {
        if done.is_ok() {
            AnsiTransactionManager::commit_transaction(c)?;
        } else if let Err(error) = AnsiTransactionManager::rollback_transaction(c) {
            // SQLite takes back by itself what a full disk interrupts; anything else is taken back when the file is closed.
            tracing::debug!(%error, "not rolled back by hand");
        }
        Ok(c.batch_execute("PRAGMA foreign_keys = ON")?)
    })?;
    done
}

fn on_sqlite<T>(conn: &mut AnyConnection, job: impl FnOnce(&mut SqliteConnection) -> Result<T>) -> Result<T> {
    match conn {
        AnyConnection::Sqlite(c) => job(c),
        AnyConnection::Pg(_) => Err(Error::Connect("the old bot's databases are SQLite files".to_owned())),
    }
}

/// Everything, inside of the transaction.
fn within(conn: &mut AnyConnection, options: Options, progress: Progress<'_>) -> Result<Report, AdoptError> {
    let mut tables = on_sqlite(conn, source::tables)?;
    recognise(&tables).map_err(AdoptError::NotTheOldBots)?;
    let made_by = on_sqlite(conn, |c| made_by(c, &tables))?;
    let needed = aside::names_of_new_schema()?;
    progress("set aside", 0, 1);
    let dropped = on_sqlite(conn, |c| aside::set_aside(c, &mut tables, &needed))?;
    let applied = migrate::apply_pending_within(conn)?;

    let known = |name: &str| tables.iter().find(|table| table.name.eq_ignore_ascii_case(name));
    let total = KNOWN.iter().filter_map(|(name, _)| known(name)).map(|table| table.rows).sum();
    let mut work = Work::new(options, total, progress);
    on_sqlite(conn, |c| copy(c, &known, &mut work))?;
    let report = on_sqlite(conn, |c| {
        Ok(Report {
            made_by,
            applied,
            tables: counts(c, &known, &work)?,
            money: sums(c, &work)?,
            mended: work.tally.mended(),
            set_aside: work.tally.aside(),
            unknown_columns: unknown_columns(c, &known)?,
            unknown_tables: unknown_tables(&tables),
            dropped,
        })
    })?;
    work.step("checking", 0);
    let old_orders = known(orders::ORDERS)
        .ok_or_else(|| AdoptError::NotTheOldBots("there is no table orders".to_owned()))?;
    let wrong = checks::disagreements(conn, &report, &tables, old_orders, &work)?;
    if wrong.is_empty() { Ok(report) } else { Err(AdoptError::Disagrees(wrong)) }
}

/// The tables that both schemas have, with the columns that are understood.
const KNOWN: [(&str, &[&str]); 5] = [
    (people::USERS, &people::USER_COLUMNS),
    (people::MASTERS, &people::MASTER_COLUMNS),
    (orders::ORDERS, &orders::COLUMNS),
    (logs::HISTORY, &logs::HISTORY_COLUMNS),
    (logs::AUDIT, &logs::AUDIT_COLUMNS),
];

/// Refuses what has neither the tables nor the columns without which there is nothing to take over.
fn recognise(tables: &[Table]) -> Result<(), String> {
    let needed = [
        ("users", &["telegram_id", "role"][..]),
        ("masters", &["id", "telegram_id"]),
        ("orders", &["id", "status", "client_phone", "description"]),
    ];
    for (name, columns) in needed {
        let Some(table) = tables.iter().find(|table| table.name.eq_ignore_ascii_case(name)) else {
            return Err(format!("there is no table {name}"));
        };
        if let Some(column) = columns.iter().find(|column| !table.has(column)) {
            return Err(format!("{name} has no column {column}"));
        }
    }
    Ok(())
}

fn made_by(c: &mut SqliteConnection, tables: &[Table]) -> Result<String> {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = Text)]
        version: String,
    }
    if !tables.iter().any(|table| table.name == "alembic_version" && table.has("version_num")) {
        return Ok("init_db".to_owned());
    }
    let versions: Vec<Version> = diesel::sql_query(
        "SELECT CAST(coalesce(version_num, '') AS TEXT) AS version FROM alembic_version ORDER BY 1",
    )
    .load(c)?;
    let versions: Vec<_> = versions.into_iter().map(|found| found.version).collect();
    Ok(format!("alembic {}", versions.join(", ")).trim_end().to_owned())
}

/// Copies the rows of one table.
type Copy = fn(&mut SqliteConnection, &Table, &mut Work<'_>) -> Result<()>;

fn copy<'t>(
    c: &mut SqliteConnection,
    known: &impl Fn(&str) -> Option<&'t Table>,
    work: &mut Work<'_>,
) -> Result<()> {
    for (name, _) in KNOWN {
        let Some(table) = known(name) else { continue };
        work.numbers_from(name, highest(c, table, "id")? + 1);
    }
    // No new number of a master is one that an order names already.
    let mut last = 0;
    for (name, column) in [("masters", "id"), ("orders", "assigned_master_id")] {
        let Some(table) = known(name) else { continue };
        last = last.max(highest(c, table, column)?);
    }
    work.numbers_from(people::MASTERS, last + 1);
    let copies: [(&str, Copy); 5] = [
        (people::USERS, people::copy_users),
        (people::MASTERS, people::copy_masters),
        (orders::ORDERS, orders::copy),
        (logs::HISTORY, logs::copy_history),
        (logs::AUDIT, logs::copy_audit),
    ];
    for (name, copy) in copies {
        if let Some(table) = known(name) {
            copy(c, table, work)?;
        }
    }
    people::make_placeholders(c, work)
}

/// The highest number that a column has or was given out for it, of those that a person would take for one.
fn highest(c: &mut SqliteConnection, table: &Table, column: &str) -> Result<i64> {
    if !table.has(column) {
        return Ok(table.counter);
    }
    let (column, aside) = (format!("CAST({} AS INTEGER)", quoted(column)), quoted(&table.aside));
    let query =
        format!("SELECT max({column}) AS number FROM {aside} WHERE {column} BETWEEN 1 AND 2147483647");
    Ok(number(c, &query)?.max(table.counter.min(i64::from(i32::MAX))))
}

fn counts<'t>(
    c: &mut SqliteConnection,
    known: &impl Fn(&str) -> Option<&'t Table>,
    work: &Work<'_>,
) -> Result<Vec<TableCount>> {
    let count = |(name, _): (&'static str, &[&str])| {
        let old = known(name);
        let rows_out = number(c, &format!("SELECT count(*) AS number FROM {}", quoted(name)))?;
        Ok(TableCount {
            name,
            legacy: old.map(|table| table.aside.clone()),
            rows_in: old.map_or(0, |table| table.rows),
            added: match name {
                people::USERS => work.added.users,
                people::MASTERS => work.added.masters,
                _ => 0,
            },
            set_aside: work.tally.aside_of(name),
            rows_out: rows_out.unsigned_abs(),
        })
    };
    KNOWN.into_iter().map(count).collect()
}

fn sums(c: &mut SqliteConnection, work: &Work<'_>) -> Result<Vec<MoneySum>> {
    let sum = |(column, flow): (&'static str, &orders::Flow)| {
        let (sum_in, mended) = flow.sums();
        Ok(MoneySum {
            column,
            sum_in,
            set_aside: flow.set_aside,
            mended,
            sum_out: number(c, &format!("SELECT sum({column}) AS number FROM orders"))?,
        })
    };
    orders::MONEY.into_iter().zip(&work.money).map(sum).collect()
}

fn unknown_columns<'t>(
    c: &mut SqliteConnection,
    known: &impl Fn(&str) -> Option<&'t Table>,
) -> Result<Vec<UnknownColumn>> {
    let mut found = Vec::new();
    for (name, columns) in KNOWN {
        let Some(table) = known(name) else { continue };
        for column in table.others(columns) {
            let query =
                format!("SELECT count({}) AS number FROM {}", quoted(&column.name), quoted(&table.aside));
            found.push(UnknownColumn {
                table: table.name.clone(),
                column: column.name.clone(),
                values: number(c, &query)?.unsigned_abs(),
            });
        }
    }
    Ok(found)
}

fn unknown_tables(tables: &[Table]) -> Vec<UnknownTable> {
    let is_known = |table: &&Table| !KNOWN.iter().any(|(name, _)| table.name.eq_ignore_ascii_case(name));
    let unknown = |table: &Table| UnknownTable {
        table: table.name.clone(),
        legacy: table.aside.clone(),
        rows: table.rows,
    };
    tables.iter().filter(is_known).map(unknown).collect()
}

#[cfg(test)]
mod tests;
