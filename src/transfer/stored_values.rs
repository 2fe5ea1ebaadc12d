//! Values of another type or form than the bot writes, which the other database would store as something else: a REAL in
//! a column of kopecks, a time with a zone. Only hands and foreign programs put them there.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::Value;

use super::error::TransferError;
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;

const DATE_FORMAT: &str = "%Y-%m-%d";

/// How the bot stores a column.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum StoredKind {
    Integer,
    SmallInteger,
    Flag,
    Text,
    /// A time in UTC with up to six digits of a second.
    Time,
    Date,
}

/// A type of a column.
pub(super) trait StoredValue: Sized {
    const KIND: StoredKind;

    /// Returns its form in an export.
    fn to_json(&self) -> Value;

    /// Reads the form in an export; `None` for another type.
    fn from_json(value: &Value) -> Option<Self>;

    /// Tells whether it is a text with a NUL byte, the only text that PostgreSQL does not store.
    fn has_nul(&self) -> bool {
        false
    }
}

impl StoredValue for String {
    const KIND: StoredKind = StoredKind::Text;

    fn to_json(&self) -> Value {
        Value::from(self.as_str())
    }

    fn from_json(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }

    fn has_nul(&self) -> bool {
        self.contains('\0')
    }
}

impl<T: StoredValue> StoredValue for Option<T> {
    const KIND: StoredKind = T::KIND;

    fn to_json(&self) -> Value {
        self.as_ref().map_or(Value::Null, StoredValue::to_json)
    }

    fn from_json(value: &Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::from_json(value).map(Some) }
    }

    fn has_nul(&self) -> bool {
        self.as_ref().is_some_and(StoredValue::has_nul)
    }
}

impl StoredValue for i64 {
    const KIND: StoredKind = StoredKind::Integer;

    fn to_json(&self) -> Value {
        Value::from(*self)
    }

    fn from_json(value: &Value) -> Option<Self> {
        value.as_i64()
    }
}

impl StoredValue for i32 {
    const KIND: StoredKind = StoredKind::SmallInteger;

    fn to_json(&self) -> Value {
        Value::from(*self)
    }

    fn from_json(value: &Value) -> Option<Self> {
        value.as_i64()?.try_into().ok()
    }
}

impl StoredValue for bool {
    const KIND: StoredKind = StoredKind::Flag;

    fn to_json(&self) -> Value {
        Value::from(*self)
    }

    fn from_json(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl StoredValue for NaiveDateTime {
    const KIND: StoredKind = StoredKind::Time;

    fn to_json(&self) -> Value {
        Value::from(self.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
    }

    fn from_json(value: &Value) -> Option<Self> {
        let time = DateTime::parse_from_rfc3339(value.as_str()?).ok()?.naive_utc();
        ((1..=9999).contains(&time.year()) && time.nanosecond() % 1_000 == 0).then_some(time)
    }
}

impl StoredValue for NaiveDate {
    const KIND: StoredKind = StoredKind::Date;

    fn to_json(&self) -> Value {
        Value::from(self.format(DATE_FORMAT).to_string())
    }

    fn from_json(value: &Value) -> Option<Self> {
        let date = Self::parse_from_str(value.as_str()?, DATE_FORMAT).ok()?;
        (1..=9999).contains(&date.year()).then_some(date)
    }
}

impl StoredKind {
    /// Describes a value of this kind in an export.
    pub(super) fn describe_json(self) -> &'static str {
        match self {
            Self::Flag => "true or false",
            Self::Time => "a time such as \"2026-01-31T10:00:00.123456Z\"",
            Self::Date => "a date such as \"2026-01-31\"",
            other => other.describe(),
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Integer => "an integer",
            Self::SmallInteger => "an integer of 32 bits",
            Self::Flag => "0 or 1",
            Self::Text => "a text",
            Self::Time => "a time such as 2026-01-31 10:00:00.123456",
            Self::Date => "a date such as 2026-01-31",
        }
    }

    /// Returns a condition that is true for an odd value of a column of SQLite, where any column holds any type.
    fn odd_in_sqlite(self, column: &str) -> String {
        let not_of = |name: &str| format!("typeof({column}) NOT IN ('{name}', 'null')");
        match self {
            Self::Integer => not_of("integer"),
            Self::SmallInteger => {
                format!("{} OR {column} NOT BETWEEN {} AND {}", not_of("integer"), i32::MIN, i32::MAX)
            }
            Self::Flag => format!("{} OR {column} NOT IN (0, 1)", not_of("integer")),
            Self::Text => not_of("text"),
            Self::Time => {
                const SECONDS: &str =
                    "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][ T][0-9][0-9]:[0-9][0-9]:[0-9][0-9]";
                format!(
                    "{} OR NOT ({column} GLOB '{SECONDS}' OR {column} GLOB '{SECONDS}.[0-9]*'
                       AND substr({column}, 21) NOT GLOB '*[^0-9]*' AND length({column}) <= 26)",
                    not_of("text")
                )
            }
            Self::Date => {
                format!("{} OR date({column}) IS NOT {column} AND {column} IS NOT NULL", not_of("text"))
            }
        }
    }

    /// The same for PostgreSQL, whose columns have types; SQLite has no infinity and no year of five digits.
    fn odd_in_postgres(self, column: &str) -> Option<String> {
        match self {
            Self::Time => {
                Some(format!("NOT ({column} >= '0001-01-01' AND {column} < TIMESTAMP '9999-12-31 23:59:59')"))
            }
            Self::Date => Some(format!("NOT ({column} BETWEEN '0001-01-01' AND DATE '9999-12-31')")),
            _ => None,
        }
    }
}

/// The columns of a table, in the order of the schema.
pub(super) struct StoredTable {
    pub(super) name: &'static str,
    /// The columns that identify a row.
    pub(super) key: &'static [&'static str],
    pub(super) columns: &'static [(&'static str, StoredKind)],
}

#[derive(QueryableByName)]
struct OddValue {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    column: String,
    /// SQLite's name of the type.
    #[diesel(sql_type = Text)]
    found: String,
}

/// Refuses a source with a value that would arrive changed.
pub(super) fn require_exact_values(
    conn: &mut AnyConnection,
    tables: &[StoredTable],
) -> Result<(), TransferError> {
    for table in tables {
        let Some(odd) = find_odd_value(conn, table).map_err(TransferError::Source)? else { continue };
        let column = table.columns.iter().find(|(name, _)| *name == odd.column);
        return Err(TransferError::OddValue {
            table: table.name,
            column: odd.column,
            key: odd.key,
            found: odd.found,
            expected: column.map_or("another type", |(_, kind)| kind.describe()),
        });
    }
    Ok(())
}

fn find_odd_value(conn: &mut AnyConnection, table: &StoredTable) -> Result<Option<OddValue>> {
    let is_sqlite = matches!(conn, AnyConnection::Sqlite(_));
    let odd: Vec<(&str, String)> = table
        .columns
        .iter()
        .filter_map(|(name, kind)| {
            let condition =
                if is_sqlite { Some(kind.odd_in_sqlite(name)) } else { kind.odd_in_postgres(name) };
            Some((*name, condition?))
        })
        .collect();
    let when = |value: &dyn Fn(&str) -> String| {
        let cases = odd.iter().map(|(name, odd)| format!("WHEN {odd} THEN {}", value(name)));
        format!("CASE {} END", cases.collect::<Vec<_>>().join(" "))
    };
    let column = when(&|name| format!("'{name}'"));
    let found = if is_sqlite { when(&|name| format!("typeof({name})")) } else { "'timestamp'".to_owned() };
    let key: Vec<_> = table.key.iter().map(|name| format!("CAST({name} AS TEXT)")).collect();
    let query = format!(
        "SELECT key, \"column\", found FROM
           (SELECT {key} AS key, {column} AS \"column\", {found} AS found FROM {table}) AS checked
         WHERE \"column\" IS NOT NULL LIMIT 1",
        key = key.join(" || ' ' || "),
        table = table.name,
    );
    Ok(on_each!(conn, |c| diesel::sql_query(&query).get_result(c).optional())?)
}
