//! Opening the database that a command works on: it must be there, and mostly it must have this program's schema. Looking
//! at a database never makes one.

use std::time::Duration;

use super::Common;
use super::exit::{Code, Failure};
use super::migrate::refuse;
use crate::config::database::{DatabaseConfig, DatabaseUrl};
use crate::db::{self, AnyConnection, connection, lock};
use crate::migrate::{self, SchemaState};

/// The configured database.
pub(super) fn database(common: &Common) -> Result<DatabaseUrl, Failure> {
    Ok(DatabaseConfig::load(common.sources()?)?.url)
}

/// A connection to look at a database that is there.
pub(super) fn existing(url: &DatabaseUrl) -> Result<AnyConnection, Failure> {
    connection::look(url, PATIENCE)?.ok_or_else(|| {
        Failure::new(Code::Unreachable, format!("there is no database at {url}"))
            .hint("`botctl serve` makes one at its first start; or name another with --database-url")
    })
}

/// The same, and its schema is the one of this program.
pub(super) fn current(url: &DatabaseUrl) -> Result<AnyConnection, Failure> {
    let mut conn = existing(url)?;
    match migrate::schema_state(&mut conn)? {
        SchemaState::Current => Ok(conn),
        other => Err(refuse(url, &other)),
    }
}

/// How long another program's lock is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Changes something in one transaction, beside a `serve` that may be running but not beside whoever puts other tables or
/// another file in the place of these.
pub(super) fn change<T, E: From<db::Error>>(
    url: &DatabaseUrl,
    job: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<Result<T, E>, Failure> {
    drop(current(url)?);
    let _lock = lock::for_migrating(url, PATIENCE)?;
    Ok(db::once(url, job))
}
