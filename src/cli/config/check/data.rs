//! Checks that the database is readable and has the current schema, and the age of the last backup. Opens read-only.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::super::error::CommandError;
use super::super::super::schema_state::schema_error;
use super::super::super::text::format_span;
use super::finding::{CheckState, Finding};
use crate::backup::{self, ListedBackup};
use crate::config::database::DatabaseUrl;
use crate::config::{Inspection, Sources};
use crate::db::{self, connection, time};
use crate::migrate::{self, ChecksumState, extra_objects, privileges};

/// How long to wait for another process's lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum age of a daily backup.
const FRESH: TimeDelta = TimeDelta::hours(26);

pub(super) fn check_data(sources: &Sources, inspection: &Inspection, is_online: bool) -> Vec<Finding> {
    let Some(url) = &inspection.database else { return Vec::new() };
    let database = match url {
        // `serve` creates a missing database; `places` reports a path that is not a file.
        DatabaseUrl::Sqlite(path) if !path.is_file() => return Vec::new(),
        DatabaseUrl::Sqlite(_) => Some(check_schema(url)),
        DatabaseUrl::Postgres(_) if is_online => None,
        DatabaseUrl::Postgres(_) => {
            let message = format!("{url} is a server; use --online to check it");
            Some(Finding::new("database", CheckState::Skip, message))
        }
    };
    let backups = check_backups(sources, inspection, url);
    database.into_iter().chain(backups).chain(find_unreadable(sources, inspection)).collect()
}

/// Warns of what is in the backup folder and cannot be read, such as a pipe with the name of a manifest.
fn find_unreadable(sources: &Sources, inspection: &Inspection) -> Option<Finding> {
    let listed = backup::list_backups(inspection.backup_dir.as_ref()?).ok()?;
    let message = backup::describe_unreadable(&listed)?;
    let finding = Finding::new("backups", CheckState::Warn, message).with_variable("BACKUP_DIR", sources);
    Some(finding.hint("allow this user to read them, or remove them"))
}

/// Checks the age of the last good backup of this database: a problem if it is too old, or missing unless the database is
/// new; only a warning if none is scheduled.
fn check_backups(sources: &Sources, inspection: &Inspection, url: &DatabaseUrl) -> Option<Finding> {
    let folder = inspection.backup_dir.as_ref()?;
    let finding =
        |state, message: String| Finding::new("backups", state, message).with_variable("BACKUP_DIR", sources);
    let missing = match url {
        DatabaseUrl::Sqlite(path) if is_scheduled(inspection) && !is_new(path) => CheckState::Failed,
        _ => CheckState::Warn,
    };
    let listed = match backup::list_backups(folder) {
        Ok(listed) => listed,
        Err(error) => {
            return Some(
                finding(CheckState::Failed, error.to_string())
                    .hint("BACKUP_DIR must be a directory that this user can read"),
            );
        }
    };
    let newest = backup::newest_good(&listed, url, time::now());
    let last = |age: TimeDelta, found: &ListedBackup| {
        format!("the last good backup of {url} is {}, created {} ago", found.file_name(), format_span(age))
    };
    Some(match newest {
        Some((age, found)) if age <= max_age(inspection).unwrap_or(FRESH) => {
            finding(CheckState::Ok, last(age, found))
        }
        Some((age, found)) => {
            let state = if is_scheduled(inspection) { CheckState::Failed } else { CheckState::Warn };
            finding(state, last(age, found))
                .hint("run `botctl backup`, and find out why the scheduled backup failed")
        }
        None => finding(missing, format!("there is no good backup of {url}")).hint("run `botctl backup`"),
    })
}

fn is_scheduled(inspection: &Inspection) -> bool {
    inspection.backup.is_none() || max_age(inspection).is_some()
}

fn max_age(inspection: &Inspection) -> Option<TimeDelta> {
    inspection.backup.as_ref()?.max_age()
}

/// Whether a database was created within a day, so it need not have a backup yet; false if the file system does not tell.
fn is_new(path: &Path) -> bool {
    let made = path.metadata().and_then(|facts| facts.created());
    made.is_ok_and(|made| time::now() - DateTime::<Utc>::from(made) < FRESH)
}

pub(super) fn check_schema(url: &DatabaseUrl) -> Finding {
    const NAME: &str = "database";
    match read_schema(url) {
        Ok((migrate::SchemaState::Current, changed)) if changed.is_empty() => {
            Finding::new(NAME, CheckState::Ok, format!("the schema of {url} is current"))
        }
        Ok((migrate::SchemaState::Current, changed)) => {
            let message = format!(
                "{url} was migrated with other scripts than those of this botctl: {}",
                changed.join(", ")
            );
            Finding::new(NAME, CheckState::Failed, message).hint(
                "use the botctl that applied them, or accept the present scripts: `botctl migrate repair`",
            )
        }
        Ok((migrate::SchemaState::Empty, _)) => {
            Finding::new(NAME, CheckState::Ok, format!("{url} is empty; `botctl serve` creates the schema"))
        }
        Ok((other, _)) => {
            let (_, message, hint) = schema_error(url, &other).into_parts();
            Finding { hint, ..Finding::new(NAME, CheckState::Failed, message) }
        }
        Err(error) if is_unreachable(&error) => {
            Finding::new(NAME, CheckState::Unreachable, error.to_string())
                .hint("check that it is running and that the address is correct")
        }
        Err(error) => {
            let (_, message, hint) = CommandError::from(error).with_database(Some(url)).into_parts();
            let hint =
                hint.unwrap_or_else(|| "check the address; if it is correct, restore a backup".to_owned());
            Finding::new(NAME, CheckState::Failed, message).hint(hint)
        }
    }
}

/// Whether the error passes by itself or needs a repair of the server, not of the configuration.
fn is_unreachable(error: &db::Error) -> bool {
    let is_for_a_person =
        error.is_file_inaccessible() || error.is_disk_failure() || error.login_failure().is_some();
    error.is_transient() && !is_for_a_person
}

/// Reads the state of the schema, and the versions of applied migrations that were changed.
fn read_schema(url: &DatabaseUrl) -> db::Result<(migrate::SchemaState, Vec<String>)> {
    if !url.is_sqlite() {
        drop(connection::open_checked(url)?);
    }
    let Some(mut conn) = connection::open_read_only(url, LOCK_TIMEOUT)? else {
        // It was removed meanwhile.
        return Ok((migrate::SchemaState::Empty, Vec::new()));
    };
    let state = migrate::schema_state(&mut conn)?;
    match state {
        migrate::SchemaState::Current => {
            privileges::require_table_rights(&mut conn, &extra_objects::own_names()?)?;
        }
        migrate::SchemaState::Empty | migrate::SchemaState::Pending(_) => {
            privileges::require_schema_rights(&mut conn, &extra_objects::own_names()?)?;
        }
        _ => {}
    }
    let changed = match state {
        migrate::SchemaState::Current => migrate::list_migrations(&mut conn)?,
        _ => Vec::new(),
    };
    let changed = changed.into_iter().filter(|entry| matches!(entry.checksum, ChecksumState::Mismatch(_)));
    Ok((state, changed.map(|entry| entry.version).collect()))
}
