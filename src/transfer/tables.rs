//! The tables and how each is read, written and compared.
//!
//! A new column in the schema does not compile until it is listed here; a new table fails the test below. A new column that
//! must not be null names its default, with which exports from before it are imported.

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use serde_json::{Map, Value};

use super::error::TransferError;
use super::progress::{TransferProgress, TransferStage};
use super::stored_values::{StoredTable, StoredValue};
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::schema;

/// Rows read at a time.
const PAGE_ROWS: i64 = 2_000;
/// SQLite's `SQLITE_MAX_VARIABLE_NUMBER`.
const MAX_PARAMETERS: usize = 32_766;

/// A row as both backends read and write it.
pub(super) trait TransferRow: Hash + Sized {
    const TABLE: &'static str;
    const COLUMNS: &'static [&'static str];
    /// Returns the values as they are exported, in the order of the columns.
    fn json_values(&self) -> Vec<(&'static str, Value)>;
    /// Reads exported values. A missing one, of a column that is younger than the export, takes its default, else null.
    fn from_json_values(values: &Map<String, Value>) -> Result<Self, OddJson>;
    /// Reads up to `rows` rows after this one by key; without it, from the first one.
    fn read_page(conn: &mut AnyConnection, after: Option<&Self>, rows: i64) -> Result<Vec<Self>>;
    fn insert_rows(conn: &mut AnyConnection, rows: &[Self]) -> Result<()>;
    fn key_text(&self) -> String;
    /// Returns the column whose text holds a NUL byte, and the row's key.
    fn find_nul_byte(&self) -> Option<(&'static str, String)>;
}

/// An exported value that a column cannot hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct OddJson {
    pub(super) column: &'static str,
    pub(super) expected: &'static str,
}

fn read_json_value<T: StoredValue>(
    values: &Map<String, Value>,
    column: &'static str,
    default: Option<T>,
) -> Result<T, OddJson> {
    let value = match (values.get(column), default) {
        (Some(value), _) => value,
        (None, Some(default)) => return Ok(default),
        (None, None) => &Value::Null,
    };
    T::from_json(value).ok_or(OddJson { column, expected: T::KIND.describe_json() })
}

/// The default of a column, if it has one.
macro_rules! default_value {
    () => {
        None
    };
    ($default:expr) => {
        Some($default)
    };
}

/// A checksum of a table, independent of the order of its rows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct TableContents {
    pub(super) rows: u64,
    sum: u64,
}

impl TableContents {
    fn add_rows(&mut self, rows: &[impl Hash]) {
        for row in rows {
            // DefaultHasher is stable within one build, which computes both sides.
            let mut hasher = DefaultHasher::new();
            row.hash(&mut hasher);
            self.sum = self.sum.wrapping_add(hasher.finish());
        }
        self.rows += u64::try_from(rows.len()).unwrap_or_default();
    }
}

macro_rules! tables {
    ($($table:ident $kind:ident $($key:ident)? $(($($part:ident)+))? { $($column:ident: $type:ty $(= $default:expr)?),+ $(,)? })+) => {
        $(pub(super) mod $table {
            use super::*;

            #[derive(AsChangeset, Hash, Insertable, PartialEq, Queryable)]
            #[diesel(table_name = schema::$table, treat_none_as_default_value = false, treat_none_as_null = true)]
            pub(crate) struct Row {
                $(pub(crate) $column: $type,)+
            }

            impl TransferRow for Row {
                const TABLE: &'static str = stringify!($table);
                const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),+];

                fn json_values(&self) -> Vec<(&'static str, Value)> {
                    vec![$((stringify!($column), self.$column.to_json())),+]
                }

                fn from_json_values(values: &Map<String, Value>) -> Result<Self, OddJson> {
                    Ok(Self { $($column: read_json_value(values, stringify!($column), default_value!($($default)?))?,)+ })
                }

                fn read_page(conn: &mut AnyConnection, after: Option<&Self>, rows: i64) -> Result<Vec<Self>> {
                    page!(conn, after, rows, $table $kind $($key)?)
                }

                fn insert_rows(conn: &mut AnyConnection, rows: &[Self]) -> Result<()> {
                    match conn {
                        AnyConnection::Sqlite(c) => {
                            for rows in rows.chunks(MAX_PARAMETERS / Self::COLUMNS.len()) {
                                diesel::insert_into(schema::$table::table).values(rows).execute(c)?;
                            }
                        }
                        AnyConnection::Pg(c) => {
                            diesel::copy_from(schema::$table::table).from_insertable(rows).execute(c)?;
                        }
                    }
                    Ok(())
                }

                fn find_nul_byte(&self) -> Option<(&'static str, String)> {
                    $(if self.$column.has_nul() {
                        return Some((stringify!($column), self.key_text()));
                    })+
                    None
                }

                fn key_text(&self) -> String {
                    key!(self, $kind $($key)?)
                }
            }
        })+

        /// The columns of every table, with the way each is stored.
        pub(super) const STORED_TABLES: &[StoredTable] = &[$(StoredTable {
            name: stringify!($table),
            key: &key_columns!($kind $($key)? $($($part)+)?),
            columns: &[$((stringify!($column), <$type as StoredValue>::KIND)),+],
        }),+];

        /// Every table, in the order of their references.
        pub(super) const TABLES: &[&str] = &[$(stringify!($table)),+];

        /// Returns the tables whose ids come from a counter of the database.
        pub(super) fn tables_with_ids() -> impl Iterator<Item = &'static str> {
            let keys: &[(&str, &str)] = &[$((stringify!($table), stringify!($($key)?))),+];
            keys.iter().filter(|(_, key)| *key == "id").map(|(table, _)| *table)
        }

        /// Copies every table and returns the contents that were read.
        pub(super) fn copy_all(
            source: &mut AnyConnection,
            target: &mut AnyConnection,
            progress: &mut TransferProgress<'_>,
        ) -> Result<Vec<(&'static str, TableContents)>, TransferError> {
            Ok(vec![$((stringify!($table), copy_table::<$table::Row>(source, target, progress)?)),+])
        }

        pub(super) fn read_all(
            conn: &mut AnyConnection,
            progress: &mut TransferProgress<'_>,
        ) -> Result<Vec<(&'static str, TableContents)>> {
            Ok(vec![$((stringify!($table), read_table::<$table::Row>(conn, progress)?)),+])
        }

        #[cfg(test)]
        const COLUMNS: &[(&str, &[&str])] = &[$((stringify!($table), $table::Row::COLUMNS)),+];
    };
}

/// A table with a key is read in pages, the others at once.
macro_rules! page {
    ($conn:ident, $after:ident, $rows:ident, $table:ident by $key:ident) => {{
        let after = $after.map_or(i64::MIN, |row| row.$key);
        Ok(on_each!($conn, |c| schema::$table::table
            .filter(schema::$table::$key.gt(after))
            .order(schema::$table::$key)
            .limit($rows)
            .load(c))?)
    }};
    ($conn:ident, $after:ident, $rows:ident, $table:ident whole) => {
        match ($after, $rows) {
            (Some(_), _) => Ok(Vec::new()),
            (None, _) => Ok(on_each!($conn, |c| schema::$table::table.load(c))?),
        }
    };
}

macro_rules! key_columns {
    (by $key:ident) => {
        [stringify!($key)]
    };
    (whole $($part:ident)+) => {
        [$(stringify!($part)),+]
    };
}

macro_rules! key {
    ($row:ident, by $key:ident) => {
        $row.$key.to_string()
    };
    ($row:ident, whole) => {
        String::new()
    };
}

tables! {
    users by id {
        id: i64,
        telegram_id: i64,
        username: Option<String>,
        first_name: Option<String>,
        last_name: Option<String>,
        role: String,
        locale: Option<String>,
        created_at: NaiveDateTime,
        muted_notices: String = String::new(),
        relayed_at: Option<NaiveDateTime>,
    }
    masters by id {
        id: i64,
        telegram_id: i64,
        phone: String,
        specialization: String,
        is_active: bool,
        is_approved: bool,
        work_chat_id: Option<i64>,
        created_at: NaiveDateTime,
        work_thread_id: Option<i64>,
        is_senior: bool = false,
        day_off_until: Option<NaiveDateTime>,
        added_by: Option<i64>,
    }
    equipment_types by id {
        id: i64,
        name: String,
        position: i64,
        is_hidden: bool,
        created_at: NaiveDateTime,
    }
    rates by id {
        id: i64,
        equipment_type_id: Option<i64>,
        threshold: i64,
        percent_below: i32,
        percent_from: i32,
        review_bonus: i32,
        out_of_city_bonus: i32,
        senior_floor: i32,
        cap: i32,
        updated_at: NaiveDateTime,
    }
    orders by id {
        id: i64,
        equipment_type: String,
        description: String,
        client_name: String,
        client_address: String,
        client_phone: String,
        status: String,
        assigned_master_id: Option<i64>,
        dispatcher_id: Option<i64>,
        notes: Option<String>,
        scheduled_time: Option<String>,
        total_amount: Option<i64>,
        materials_cost: Option<i64>,
        master_profit: Option<i64>,
        company_profit: Option<i64>,
        has_review: Option<bool>,
        created_at: NaiveDateTime,
        updated_at: NaiveDateTime,
        visit_from: Option<NaiveDateTime>,
        visit_until: Option<NaiveDateTime>,
        equipment_type_id: Option<i64>,
        promised_date: Option<NaiveDate>,
        parts: Option<String>,
        prepayment: Option<i64>,
        refuse_reason: Option<String>,
        out_of_city: Option<bool>,
        reschedule_count: i32 = 0,
        closed_at: Option<NaiveDateTime>,
        deleted_at: Option<NaiveDateTime>,
        repeat_of: Option<i64>,
        rates: Option<String>,
    }
    order_status_history by id {
        id: i64,
        order_id: i64,
        old_status: Option<String>,
        new_status: String,
        changed_by: Option<i64>,
        changed_at: NaiveDateTime,
        notes: Option<String>,
        for_master_id: Option<i64>,
    }
    audit_log by id {
        id: i64,
        user_id: Option<i64>,
        action: String,
        details: Option<String>,
        timestamp: NaiveDateTime,
    }
    inbox by update_id {
        update_id: i64,
        payload: String,
        received_at: NaiveDateTime,
        done_at: Option<NaiveDateTime>,
        outcome: Option<String>,
    }
    order_files by id {
        id: i64,
        order_id: i64,
        kind: String,
        file_id: String,
        added_by: Option<i64>,
        created_at: NaiveDateTime,
    }
    order_changes by id {
        id: i64,
        order_id: i64,
        changed_by: Option<i64>,
        changed_at: NaiveDateTime,
        field: String,
        old_value: Option<String>,
        new_value: Option<String>,
    }
    ledger_entries by id {
        id: i64,
        master_id: i64,
        order_id: Option<i64>,
        kind: String,
        amount: i64,
        note: Option<String>,
        created_by: Option<i64>,
        created_at: NaiveDateTime,
        entry_key: String,
    }
    hand_overs by id {
        id: i64,
        master_id: i64,
        amount: i64,
        note: Option<String>,
        state: String,
        reason: Option<String>,
        created_by: i64,
        created_at: NaiveDateTime,
        answered_at: Option<NaiveDateTime>,
    }
    order_comments by id {
        id: i64,
        order_id: i64,
        author: Option<i64>,
        text: String,
        created_at: NaiveDateTime,
    }
    order_messages by id {
        id: i64,
        order_id: i64,
        chat_id: i64,
        message_id: Option<i32>,
        kind: String,
        created_at: NaiveDateTime,
        thread_id: Option<i64>,
    }
    outbox by id {
        id: i64,
        chat_id: i64,
        method: String,
        payload: String,
        order_message_id: Option<i64>,
        update_id: Option<i64>,
        state: String,
        attempts: i32,
        due_at: NaiveDateTime,
        expires_at: Option<NaiveDateTime>,
        lease_owner: Option<i64>,
        leased_until: Option<NaiveDateTime>,
        last_error: Option<String>,
        created_at: NaiveDateTime,
        finished_at: Option<NaiveDateTime>,
    }
    chats by chat_id {
        chat_id: i64,
        title: String,
        updated_at: NaiveDateTime,
    }
    access_requests by id {
        id: i64,
        user_id: i64,
        created_at: NaiveDateTime,
        decision: Option<String>,
        decided_by: Option<i64>,
        decided_at: Option<NaiveDateTime>,
    }
    dialogues whole (chat_id user_id) {
        chat_id: i64,
        user_id: i64,
        version: i64,
        state: String,
        updated_at: NaiveDateTime,
        expires_at: NaiveDateTime,
        thread_id: i64,
    }
    dialogue_questions by id {
        id: i64,
        chat_id: i64,
        thread_id: i64,
        user_id: i64,
        order_id: Option<i64>,
        action: Option<String>,
        message_id: Option<i32>,
        is_open: bool,
        created_at: NaiveDateTime,
    }
    announcements by id {
        id: i64,
        order_id: Option<i64>,
        kind: String,
        about: String,
        count: i32,
        last_at: NaiveDateTime,
    }
    job_runs whole (job) {
        job: String,
        started_at: NaiveDateTime,
        finished_at: Option<NaiveDateTime>,
        outcome: Option<String>,
    }
    searches by id {
        id: i64,
        user_id: i64,
        query: String,
        created_at: NaiveDateTime,
    }
    settings whole (name) {
        name: String,
        value: String,
        created_at: NaiveDateTime,
    }
}

fn copy_table<R: TransferRow>(
    source: &mut AnyConnection,
    target: &mut AnyConnection,
    progress: &mut TransferProgress<'_>,
) -> Result<TableContents, TransferError> {
    let accepts_nul = matches!(target, AnyConnection::Sqlite(_));
    let mut contents = TableContents::default();
    let mut rows = next_page::<R>(source, None)?;
    while !rows.is_empty() {
        if !accepts_nul && let Some((column, key)) = rows.iter().find_map(R::find_nul_byte) {
            return Err(TransferError::NulByte { table: R::TABLE, column, key });
        }
        R::insert_rows(target, &rows).map_err(TransferError::Target)?;
        contents.add_rows(&rows);
        progress.add_rows(TransferStage::Copying, rows.len());
        rows = next_page(source, rows.last())?;
    }
    Ok(contents)
}

/// Reads the next page of the source. If that fails, finds the row that cannot be read.
pub(super) fn next_page<R: TransferRow>(
    source: &mut AnyConnection,
    after: Option<&R>,
) -> Result<Vec<R>, TransferError> {
    let error = match R::read_page(source, after, PAGE_ROWS) {
        Ok(rows) => return Ok(rows),
        Err(error) if matches!(error, Error::Query(diesel::result::Error::DeserializationError(_))) => error,
        Err(error) => return Err(TransferError::Source(error)),
    };
    let place = |row: Option<&R>| row.map_or_else(|| "its beginning".to_owned(), R::key_text);
    let mut last = place(after);
    let mut row = R::read_page(source, after, 1).ok().and_then(|mut rows| rows.pop());
    while let Some(read) = row {
        last = place(Some(&read));
        row = R::read_page(source, Some(&read), 1).ok().and_then(|mut rows| rows.pop());
    }
    Err(TransferError::Unreadable { table: R::TABLE, after: last, source: error })
}

fn read_table<R: TransferRow>(
    conn: &mut AnyConnection,
    progress: &mut TransferProgress<'_>,
) -> Result<TableContents> {
    let mut contents = TableContents::default();
    let mut rows = R::read_page(conn, None, PAGE_ROWS)?;
    while !rows.is_empty() {
        contents.add_rows(&rows);
        progress.add_rows(TransferStage::Checking, rows.len());
        rows = R::read_page(conn, rows.last(), PAGE_ROWS)?;
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::db::connection;
    use crate::db::sql::query_names;
    use crate::migrate;

    #[test]
    fn every_table_and_column_is_transferred() {
        let mut conn =
            connection::open_connection(&crate::config::database::DatabaseUrl::Sqlite(":memory:".into()))
                .unwrap();
        migrate::apply_pending(&mut conn).unwrap();
        let mut tables = migrate::tables::list_tables(&mut conn).unwrap();
        tables.retain(|table| !migrate::tables::is_migration_table(table));
        let mut known = TABLES.to_vec();
        tables.sort_unstable();
        known.sort_unstable();
        assert_eq!(tables, known);
        for (table, columns) in COLUMNS {
            let query = format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid");
            assert_eq!(query_names(&mut conn, &query).unwrap(), *columns, "{table}");
        }
    }

    #[test]
    fn tables_are_read_completely_and_differences_detected() {
        let mut conn =
            connection::open_connection(&crate::config::database::DatabaseUrl::Sqlite(":memory:".into()))
                .unwrap();
        migrate::apply_pending(&mut conn).unwrap();
        let count = 2 * PAGE_ROWS + 7;
        let insert = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
             INSERT INTO audit_log (id, user_id, action, details, timestamp)
             SELECT 3 * i, NULL, 'a', i, '2026-11-22 10:00:00' FROM n"
        );
        on_each!(&mut conn, |c| diesel::sql_query(insert).execute(c)).unwrap();
        let read = |conn: &mut AnyConnection| {
            read_table::<audit_log::Row>(conn, &mut TransferProgress::new(0, &mut |_, _, _| {})).unwrap()
        };
        let before = read(&mut conn);
        assert_eq!(before.rows, count.unsigned_abs());
        let change = "UPDATE audit_log SET details = 'x' WHERE id = 6003";
        on_each!(&mut conn, |c| diesel::sql_query(change).execute(c)).unwrap();
        assert_ne!(read(&mut conn), before);
    }
}
