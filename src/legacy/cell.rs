//! One value of the old database as it is stored. SQLite lets a column hold anything whatever its type says, so nothing
//! is taken for granted here; what the values mean is decided in [`super::convert`].

use diesel::row::{Field, NamedRow};
use diesel::sqlite::{Sqlite, SqliteType};
use diesel::{QueryableByName, deserialize};

/// A stored value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    /// A blob, or a text that is no UTF-8, with the characters that could be made out.
    Bytes(String),
}

impl Cell {
    /// The whole number that is meant: a number, or a text that is one.
    pub(super) fn int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            #[allow(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
            Self::Real(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
            Self::Text(text) | Self::Bytes(text) => text.trim().parse().ok(),
            Self::Real(_) | Self::Null => None,
        }
    }

    /// The text that is meant, without the NUL characters that PostgreSQL cannot store; `None` for NULL.
    pub(super) fn text(&self) -> Option<String> {
        let text = match self {
            Self::Null => return None,
            Self::Int(number) => return Some(number.to_string()),
            Self::Real(number) => return Some(number.to_string()),
            Self::Text(text) | Self::Bytes(text) => text,
        };
        Some(text.replace('\0', ""))
    }

    /// Whether it is stored as the text that [`Cell::text`] makes of it.
    pub(super) fn is_plain_text(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => !text.contains('\0'),
            Self::Int(_) | Self::Real(_) | Self::Bytes(_) => false,
        }
    }

    /// NULL, or what some programs store instead of it.
    pub(super) fn is_nothing(&self) -> bool {
        match self {
            Self::Null | Self::Int(0) => true,
            Self::Real(number) => *number == 0.0,
            Self::Text(text) | Self::Bytes(text) => text.trim().is_empty() || text.trim() == "0",
            Self::Int(_) => false,
        }
    }
}

/// All values of a row, in the order of the query.
pub(super) struct Cells(pub(super) Vec<Cell>);

impl QueryableByName<Sqlite> for Cells {
    fn build<'a>(row: &impl NamedRow<'a, Sqlite>) -> deserialize::Result<Self> {
        let cell = |index| {
            let field = diesel::row::Row::get(row, index).ok_or("a column is missing")?;
            let Some(mut value) = field.value() else { return Ok(Cell::Null) };
            Ok(match value.value_type() {
                None => Cell::Null,
                Some(SqliteType::Integer | SqliteType::SmallInt | SqliteType::Long) => {
                    Cell::Int(value.read_long())
                }
                Some(SqliteType::Float | SqliteType::Double) => Cell::Real(value.read_double()),
                // SQLite makes UTF-8 of a text in another encoding, but nothing made sure that it is one.
                Some(SqliteType::Text) => {
                    let text = value.read_text().to_owned();
                    let is_mended = text.contains(char::REPLACEMENT_CHARACTER)
                        && std::str::from_utf8(value.read_blob()).is_err();
                    if is_mended { Cell::Bytes(text) } else { Cell::Text(text) }
                }
                Some(_) => Cell::Bytes(String::from_utf8_lossy(value.read_blob()).into_owned()),
            })
        };
        (0..row.field_count()).map(cell).collect::<deserialize::Result<_>>().map(Self)
    }
}
