//! The data: whether the database can be read and has this program's schema, and how old the last backup is. Opens for
//! reading only.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::super::error::CommandError;
use super::super::super::schema_state::schema_error;
use super::super::super::text::format_span;
use super::{Finding, State};
use crate::backup::{self, ListedBackup};
use crate::config::database::DatabaseUrl;
use crate::config::{Inspection, Sources};
use crate::db::{self, connection, time};
use crate::migrate::{self, ChecksumState};

/// How long another process's lock is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// A daily backup that is older was missed.
const FRESH: TimeDelta = TimeDelta::hours(26);

pub(super) fn look(sources: &Sources, inspection: &Inspection, is_online: bool) -> Vec<Finding> {
    let Some(url) = &inspection.database else { return Vec::new() };
    let database = match url {
        // `serve` makes a database that is not there; what is no file is complained about where files are looked at.
        DatabaseUrl::Sqlite(path) if !path.is_file() => return Vec::new(),
        DatabaseUrl::Sqlite(_) => Some(schema(url)),
        DatabaseUrl::Postgres(_) if is_online => None,
        DatabaseUrl::Postgres(_) => {
            let message = format!("{url} is a server, which only --online asks");
            Some(Finding::new("database", State::Skip, message))
        }
    };
    database.into_iter().chain(backups(sources, inspection, url)).collect()
}

/// The age of the last good backup of this database. Wrong when it is too old, or there is none of a database that is not new; a warning
/// where no daily one is wanted.
fn backups(sources: &Sources, inspection: &Inspection, url: &DatabaseUrl) -> Option<Finding> {
    let folder = inspection.backup_dir.as_ref()?;
    let finding = |state, message: String| Finding::new("backups", state, message).of("BACKUP_DIR", sources);
    let missing = match url {
        DatabaseUrl::Sqlite(path) if is_daily(inspection) && !is_new(path) => State::Wrong,
        _ => State::Warn,
    };
    let listed = match backup::list_backups(folder) {
        Ok(listed) => listed,
        Err(error) => {
            return Some(
                finding(State::Wrong, error.to_string())
                    .hint("BACKUP_DIR must be a folder that this user can read"),
            );
        }
    };
    let newest = backup::newest_good(&listed, url, time::now());
    let last = |age: TimeDelta, found: &ListedBackup| {
        format!("the last good one of {url} is {}, made {} ago", found.file_name(), format_span(age))
    };
    Some(match newest {
        Some((age, found)) if age <= FRESH => finding(State::Ok, last(age, found)),
        Some((age, found)) => {
            let state = if is_daily(inspection) { State::Wrong } else { State::Warn };
            finding(state, last(age, found))
                .hint("run `botctl backup`, and see why the daily one was not made")
        }
        None => finding(missing, format!("there is no good backup of {url}")).hint("run `botctl backup`"),
    })
}

fn is_daily(inspection: &Inspection) -> bool {
    inspection.backup.as_ref().is_none_or(|backup| backup.time.is_some())
}

/// Whether a database has not had its first day yet. Where the file system does not say, it is not taken for new.
fn is_new(path: &Path) -> bool {
    let made = path.metadata().and_then(|facts| facts.created());
    made.is_ok_and(|made| time::now() - DateTime::<Utc>::from(made) < FRESH)
}

/// Opens the database and looks at its schema.
pub(super) fn schema(url: &DatabaseUrl) -> Finding {
    const NAME: &str = "database";
    match look_at(url) {
        Ok((migrate::SchemaState::Current, changed)) if changed.is_empty() => {
            Finding::new(NAME, State::Ok, format!("the schema of {url} is current"))
        }
        Ok((migrate::SchemaState::Current, changed)) => {
            let message = format!(
                "{url} was migrated by other files than those of this botctl: {}",
                changed.join(", ")
            );
            Finding::new(NAME, State::Wrong, message).hint(
                "use the botctl that applied them, or accept what they are now: `botctl migrate repair`",
            )
        }
        Ok((migrate::SchemaState::Empty, _)) => {
            Finding::new(NAME, State::Ok, format!("{url} is empty; `botctl serve` makes the schema"))
        }
        Ok((other, _)) => {
            let (_, message, hint) = schema_error(url, &other).into_parts();
            Finding { hint, ..Finding::new(NAME, State::Wrong, message) }
        }
        Err(error) if is_away(&error) => Finding::new(NAME, State::Away, error.to_string())
            .hint("see that it runs and that its address is right"),
        Err(error) => {
            let (_, message, hint) = CommandError::from(error).with_database(Some(url)).into_parts();
            let hint = hint.unwrap_or_else(|| {
                "name the right database; restore it from a backup if it is the right one".to_owned()
            });
            Finding::new(NAME, State::Wrong, message).hint(hint)
        }
    }
}

/// Whether nobody here need do anything but wait, or see to the server.
fn is_away(error: &db::Error) -> bool {
    let is_for_a_person =
        error.is_file_inaccessible() || error.is_disk_failure() || error.login_failure().is_some();
    error.is_transient() && !is_for_a_person
}

/// How the database stands to this program, and the migrations in it that are not what they were.
fn look_at(url: &DatabaseUrl) -> db::Result<(migrate::SchemaState, Vec<String>)> {
    let Some(mut conn) = connection::open_read_only(url, PATIENCE)? else {
        // It went while we were looking.
        return Ok((migrate::SchemaState::Empty, Vec::new()));
    };
    let state = migrate::schema_state(&mut conn)?;
    let changed = match state {
        migrate::SchemaState::Current => migrate::list_migrations(&mut conn)?,
        _ => Vec::new(),
    };
    let changed = changed.into_iter().filter(|entry| matches!(entry.checksum, ChecksumState::Mismatch(_)));
    Ok((state, changed.map(|entry| entry.version).collect()))
}
