//! Database errors and their classification.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failed read or write.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused or failed a statement.
    #[error("the database failed: {0}")]
    Query(#[from] DieselError),
    /// No connection could be opened.
    #[error("no database connection: {0}")]
    Connect(String),
    /// The file of a SQLite database cannot be used until the operator repairs it.
    #[error("{database} {what}")]
    File {
        database: String,
        /// The problem, as a predicate: "is a directory".
        what: String,
    },
    /// The file of an open SQLite database is no longer the one that was opened.
    #[error("{database} {loss} while it was in use")]
    FileLost { database: String, loss: FileLoss },
    /// A PostgreSQL server answers but cannot hold the bot's data.
    #[error("{0}")]
    Server(ServerProblem),
    /// The PostgreSQL role may use no schema, so the contents of the database are unknown.
    #[error("its role may use no schema of this database")]
    NoSchema,
    /// A stored value is not one that this version knows.
    #[error("{table}.{column} holds a value that cannot be read: {value}")]
    Unreadable { table: &'static str, column: &'static str, value: String },
    /// The row has changed between reading and writing it.
    #[error("the row was changed by another transaction")]
    Conflict,
    /// The transaction could not be committed; nothing of it was kept.
    #[error("not committed: {0}")]
    Commit(String),
    /// The code that ran in the transaction panicked; the transaction was rolled back.
    #[error("panicked: {0}")]
    Panicked(String),
    /// The program is shutting down.
    #[error("the database writer has stopped")]
    Stopped,
}

/// What has happened to the file of an open database.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FileLoss {
    /// No file is at its path.
    Missing,
    /// Another file is at its path.
    Replaced,
    /// Its `-wal` or `-shm` file is gone or another one: what others read there is not what this process writes.
    Sidecar,
}

impl std::fmt::Display for FileLoss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Missing => "was moved or deleted",
            Self::Replaced => "was replaced by another file",
            Self::Sidecar => "has lost its -wal or -shm file",
        })
    }
}

/// Why a PostgreSQL server that answers cannot hold the bot's data.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ServerProblem {
    #[error("the encoding of the database is {0}, and the bot needs UTF8")]
    Encoding(String),
    #[error("the server is a standby, which can only be read")]
    Standby,
    #[error("transactions can only read there (default_transaction_read_only is on)")]
    ReadOnly { role: String, database: String },
    #[error(
        "a connection pooler gives each transaction another session of the server, and the bot's locks belong to one session"
    )]
    TransactionPooler,
    #[error("the role {role} may not create tables in the schema {schema}")]
    MissingCreate { role: String, schema: String, owner: String },
    #[error("the role {role} may not change the table {table}, which belongs to {owner}")]
    ForeignOwner { role: String, table: String, owner: String },
    #[error("the role {role} may not read and write the table {table}")]
    MissingTableRights { role: String, table: String },
}

/// Why a PostgreSQL server that answers rejects the login.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LoginFailure {
    /// Unknown database.
    Database,
    /// Unknown role, role without login, or wrong password.
    Role,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Tells whether to retry after so many failed retries: always for a transient error, a few times for one that cannot be
    /// classified (PostgreSQL's messages may be in another language).
    pub fn is_worth_another_try(&self, tries: u32) -> bool {
        const A_FEW: u32 = 5;
        let is_unknown =
            matches!(self, Self::Query(DieselError::DatabaseError(DatabaseErrorKind::Unknown, _)));
        self.is_transient() || (is_unknown && tries < A_FEW)
    }

    /// Tells whether waiting for a lock timed out. Judged by the message, since diesel hides the SQLSTATE; not recognized on a
    /// PostgreSQL server whose messages are in another language.
    pub fn is_locked(&self) -> bool {
        const SIGNS: [&str; 3] = ["database is locked", "table is locked", "due to lock timeout"];
        let text = match self {
            Self::Query(DieselError::DatabaseError(_, info)) => info.message(),
            Self::Connect(text) | Self::Commit(text) => text,
            _ => return false,
        };
        SIGNS.iter().any(|sign| text.contains(sign))
    }

    /// Tells whether the file is damaged or is no database.
    pub fn is_corruption(&self) -> bool {
        // SQLite's result codes 11 and 26, and a schema that cannot be read.
        const SIGNS: [&str; 3] =
            ["disk image is malformed", "file is not a database", "malformed database schema"];
        self.message_contains_any(&SIGNS)
    }

    /// Tells whether the file is no SQLite database at all: mostly a wrong name.
    pub fn is_no_database(&self) -> bool {
        self.message_contains_any(&["file is not a database"])
    }

    /// Tells whether the disk is full, a file size limit is reached, or I/O fails.
    pub fn is_disk_failure(&self) -> bool {
        // SQLite's result codes 10 and 13, and what PostgreSQL says.
        self.message_contains_any(&[
            "disk I/O error",
            "disk is full",
            "No space left on device",
            "could not extend file",
        ])
    }

    /// Tells whether SQLite may not use the file or its sidecar files. Opening checks the file first, so this mostly means the
    /// folder.
    pub fn is_file_inaccessible(&self) -> bool {
        matches!(self, Self::File { .. })
            || self.message_contains_any(&["unable to open database file", "write a readonly database"])
    }

    /// Tells whether the PostgreSQL role lacks privileges. Judged by the message, as in [`Error::is_locked`].
    pub fn is_permission_denied(&self) -> bool {
        matches!(self, Self::NoSchema) || self.message_contains_any(&["permission denied for "])
    }

    /// Returns why a server rejected the login; `None` when it may not have been reached. Judged by libpq's message, so not
    /// recognized when the server's messages are in another language.
    pub fn login_failure(&self) -> Option<LoginFailure> {
        let Self::Connect(text) = self else { return None };
        let lacks = |what: &str| {
            text.contains("does not exist")
                && (text.contains(&format!("FATAL:  {what} \""))
                    || text.contains(&format!("the {what} does not")))
        };
        let says = |words: &str| text.contains(words);
        if lacks("database") {
            Some(LoginFailure::Database)
        } else if lacks("role")
            || says("password authentication failed")
            || says("no password supplied")
            || says("is not permitted to log in")
        {
            Some(LoginFailure::Role)
        } else {
            None
        }
    }

    fn message_contains_any(&self, signs: &[&str]) -> bool {
        matches!(self, Self::Query(DieselError::DatabaseError(_, info))
            if signs.iter().any(|sign| info.message().contains(sign)))
    }

    /// Tells whether a retry can succeed: the disk is full, the server is unreachable, two transactions collided. A violated
    /// constraint or a panic would only repeat itself.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Commit(_) | Self::Conflict | Self::Stopped => true,
            Self::File { .. }
            | Self::FileLost { .. }
            | Self::Server(_)
            | Self::NoSchema
            | Self::Unreadable { .. }
            | Self::Panicked(_) => false,
            Self::Query(error) => match error {
                DieselError::DatabaseError(kind, info) => match kind {
                    DatabaseErrorKind::SerializationFailure
                    | DatabaseErrorKind::ClosedConnection
                    | DatabaseErrorKind::UnableToSendCommand
                    | DatabaseErrorKind::ReadOnlyTransaction => true,
                    DatabaseErrorKind::Unknown => is_transient_message(info.message()),
                    _ => false,
                },
                DieselError::AlreadyInTransaction
                | DieselError::NotInTransaction
                | DieselError::BrokenTransactionManager
                | DieselError::RollbackErrorOnCommit { .. }
                | DieselError::RollbackTransaction => true,
                _ => false,
            },
        }
    }
}

/// Both backends report these as "unknown": the texts of SQLite's result codes 5, 10, 13 and 14 and of PostgreSQL's classes
/// 08, 40, 53 and 57.
fn is_transient_message(message: &str) -> bool {
    const SIGNS: [&str; 16] = [
        "database is locked",
        "database table is locked",
        "disk is full",
        "disk I/O error",
        "unable to open database file",
        "readonly database",
        "no such savepoint",
        "no transaction is active",
        "cannot start a transaction within a transaction",
        "deadlock detected",
        "could not extend file",
        "No space left on device",
        "terminating connection",
        "server closed the connection",
        "connection to server",
        "the database system is",
    ];
    SIGNS.iter().any(|sign| message.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejected_login_is_told_from_an_unreachable_server() {
        let at = "postgresql://u:***@db/x: connection to server at \"db\" (10.0.0.1), port 5432 failed:";
        for (words, what) in [
            ("FATAL:  database \"x\" does not exist", Some(LoginFailure::Database)),
            ("FATAL:  role \"u\" does not exist", Some(LoginFailure::Role)),
            ("FATAL:  password authentication failed for user \"u\"", Some(LoginFailure::Role)),
            ("fe_sendauth: no password supplied", Some(LoginFailure::Role)),
            ("FATAL:  role \"u\" is not permitted to log in", Some(LoginFailure::Role)),
            ("the database does not exist", Some(LoginFailure::Database)),
            ("the role does not exist", Some(LoginFailure::Role)),
            ("Connection refused", None),
            ("FATAL:  the database system is starting up", None),
            ("FATAL:  sorry, too many clients already", None),
            ("root certificate file \"/x\" does not exist", None),
        ] {
            assert_eq!(Error::Connect(format!("{at} {words}")).login_failure(), what, "{words}");
        }
    }
}
