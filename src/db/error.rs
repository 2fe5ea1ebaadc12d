//! What can go wrong between the program and its database.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failed read or write.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused or failed a statement.
    #[error("the database failed: {0}")]
    Query(#[from] DieselError),
    /// No connection could be had.
    #[error("no database connection: {0}")]
    Connect(String),
    /// The file of a SQLite database cannot be used, and will not be until somebody does something about it.
    #[error("{database} {what}")]
    File {
        /// Its path.
        database: String,
        /// What it is or why it cannot be opened, as a verb.
        what: String,
    },
    /// The role that a PostgreSQL address names may use no schema, so nobody knows what is in the database.
    #[error("its role may use no schema of this database")]
    NoSchema,
    /// A stored value is not one that this version knows.
    #[error("{table}.{column} holds a value that cannot be read: {value}")]
    Unreadable {
        /// The table that holds the value.
        table: &'static str,
        /// Its column.
        column: &'static str,
        /// The value as stored.
        value: String,
    },
    /// The row was changed by somebody else between reading and writing it.
    #[error("the row was changed by another transaction")]
    Conflict,
    /// The transaction could not be committed; nothing of it was kept.
    #[error("not committed: {0}")]
    Commit(String),
    /// The code that ran in the transaction panicked; the transaction was rolled back.
    #[error("panicked: {0}")]
    Panicked(String),
    /// The writer has stopped, because the program is shutting down.
    #[error("the database writer has stopped")]
    Stopped,
}

/// What a PostgreSQL server that answers does not know or accept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LoginFailure {
    /// There is no database of that name.
    Database,
    /// There is no role of that name, it may not log in, or its password is another one.
    Role,
}

/// The result of a database function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether to try once more after so many tries that failed (0 after the first): for ever what is certain to pass, a
    /// few times what cannot be told (PostgreSQL says it in the words of its own language).
    #[must_use]
    pub fn is_worth_another_try(&self, tries: u32) -> bool {
        const A_FEW: u32 = 5;
        let is_unknown =
            matches!(self, Self::Query(DieselError::DatabaseError(DatabaseErrorKind::Unknown, _)));
        self.is_transient() || (is_unknown && tries < A_FEW)
    }

    /// Whether somebody else held a lock for longer than was waited. Known by its words, since diesel keeps the SQLSTATE to
    /// itself; on a PostgreSQL server that speaks another language to a role that is no superuser they are not these.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        const SIGNS: [&str; 3] = ["database is locked", "table is locked", "due to lock timeout"];
        let text = match self {
            Self::Query(DieselError::DatabaseError(_, info)) => info.message(),
            Self::Connect(text) | Self::Commit(text) => text,
            _ => return false,
        };
        SIGNS.iter().any(|sign| text.contains(sign))
    }

    /// Whether the file is damaged or never was a database.
    #[must_use]
    pub fn is_corruption(&self) -> bool {
        // SQLite's result codes 11 and 26, and a schema that cannot be read.
        const SIGNS: [&str; 3] =
            ["disk image is malformed", "file is not a database", "malformed database schema"];
        self.says_one_of(&SIGNS)
    }

    /// Whether the disk does not take or give what it should: it is full, a file may not be longer, or it is breaking.
    #[must_use]
    pub fn is_disk_failure(&self) -> bool {
        // SQLite's result codes 10 and 13, and what PostgreSQL says.
        self.says_one_of(&[
            "disk I/O error",
            "disk is full",
            "No space left on device",
            "could not extend file",
        ])
    }

    /// Whether SQLite may not use the file, or what it keeps beside it. The opening looks at the file itself first, so mostly
    /// it is the folder.
    #[must_use]
    pub fn is_file_inaccessible(&self) -> bool {
        matches!(self, Self::File { .. })
            || self.says_one_of(&["unable to open database file", "write a readonly database"])
    }

    /// Whether the role of a PostgreSQL address lacks rights. Known by its words, as in [`Error::is_locked`].
    #[must_use]
    pub fn is_permission_denied(&self) -> bool {
        matches!(self, Self::NoSchema) || self.says_one_of(&["permission denied for "])
    }

    /// What a server that was reached would not let the program in for; `None` where it may not have been reached. Known by
    /// its words, since nothing but these comes from libpq: from a server that speaks another language it is never known.
    #[must_use]
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

    fn says_one_of(&self, signs: &[&str]) -> bool {
        matches!(self, Self::Query(DieselError::DatabaseError(_, info))
            if signs.iter().any(|sign| info.message().contains(sign)))
    }

    /// Whether trying the same again later can succeed: the disk is full, the server is away, two
    /// transactions collided. A broken rule or a panic would only break again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Commit(_) | Self::Conflict | Self::Stopped => true,
            Self::File { .. } | Self::NoSchema | Self::Unreadable { .. } | Self::Panicked(_) => false,
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

/// Both backends report these under "unknown": the texts are SQLite's result codes 5, 10, 13 and 14
/// and PostgreSQL's classes 08, 40, 53 and 57.
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
    fn a_server_that_turns_one_away_was_reached() {
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
