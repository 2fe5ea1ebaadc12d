//! The SQL dialect of a migration.

use crate::config::database::DatabaseUrl;
use crate::db::connection::AnyConnection;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    pub(crate) fn of_url(url: &DatabaseUrl) -> Self {
        if url.is_sqlite() { Self::Sqlite } else { Self::Postgres }
    }

    pub(super) fn of_connection(conn: &AnyConnection) -> Self {
        match conn {
            AnyConnection::Sqlite(_) => Self::Sqlite,
            AnyConnection::Pg(_) => Self::Postgres,
        }
    }

    /// Returns the name of its folder below `migrations`.
    pub(super) fn folder_name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}
