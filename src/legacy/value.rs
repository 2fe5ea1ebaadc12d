//! One stored value of the old database. SQLite lets a column hold values of any type; [`super::convert`] interprets them.

use diesel::row::{Field, NamedRow};
use diesel::sqlite::{Sqlite, SqliteType};
use diesel::{QueryableByName, deserialize};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum LegacyValue {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    /// A blob, or a text that is not valid UTF-8, decoded lossily.
    Bytes(String),
}

impl LegacyValue {
    /// Returns a whole number, also one stored as text.
    pub(super) fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            #[allow(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
            Self::Real(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
            Self::Text(text) | Self::Bytes(text) => text.trim().parse().ok(),
            Self::Real(_) | Self::Null => None,
        }
    }

    /// Returns the text without NUL characters, which PostgreSQL cannot store; `None` for NULL.
    pub(super) fn as_text(&self) -> Option<String> {
        let text = match self {
            Self::Null => return None,
            Self::Int(number) => return Some(number.to_string()),
            Self::Real(number) => return Some(number.to_string()),
            Self::Text(text) | Self::Bytes(text) => text,
        };
        Some(text.replace('\0', ""))
    }

    /// Whether it is stored exactly as the text that [`Self::as_text`] returns.
    pub(super) fn is_plain_text(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => !text.contains('\0'),
            Self::Int(_) | Self::Real(_) | Self::Bytes(_) => false,
        }
    }

    /// Whether it is NULL, or what some programs store instead: 0 or an empty text.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Null | Self::Int(0) => true,
            Self::Real(number) => *number == 0.0,
            Self::Text(text) | Self::Bytes(text) => text.trim().is_empty() || text.trim() == "0",
            Self::Int(_) => false,
        }
    }
}

/// All values of a row, in the order of the query.
pub(super) struct RowValues(pub(super) Vec<LegacyValue>);

impl QueryableByName<Sqlite> for RowValues {
    fn build<'a>(row: &impl NamedRow<'a, Sqlite>) -> deserialize::Result<Self> {
        let value_at = |index| {
            let field = diesel::row::Row::get(row, index).ok_or("a column is missing")?;
            let Some(mut value) = field.value() else { return Ok(LegacyValue::Null) };
            Ok(match value.value_type() {
                None => LegacyValue::Null,
                Some(SqliteType::Integer | SqliteType::SmallInt | SqliteType::Long) => {
                    LegacyValue::Int(value.read_long())
                }
                Some(SqliteType::Float | SqliteType::Double) => LegacyValue::Real(value.read_double()),
                // SQLite converts other encodings to UTF-8, but does not check that the text is valid.
                Some(SqliteType::Text) => {
                    let text = value.read_text().to_owned();
                    let is_lossy = text.contains(char::REPLACEMENT_CHARACTER)
                        && std::str::from_utf8(value.read_blob()).is_err();
                    if is_lossy { LegacyValue::Bytes(text) } else { LegacyValue::Text(text) }
                }
                Some(_) => LegacyValue::Bytes(String::from_utf8_lossy(value.read_blob()).into_owned()),
            })
        };
        (0..row.field_count()).map(value_at).collect::<deserialize::Result<_>>().map(Self)
    }
}
