//! Verifying a backup without writing to it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::{BackupError, ClientFailure, FilePurpose};
use super::files::{self, Progress};
use super::integrity::{CheckDepth, Inspection, inspect_database, row_differences};
use super::list::{self, BackupState, ListedBackup};
use super::manifest::{BackupManifest, DatabaseKind, manifest_path};
use super::postgres;
use super::staging::StagingDir;
use super::unpack::{is_archive_error, unpack_artifact};
use crate::config::database::DatabaseUrl;
use crate::db::connection;
use crate::migrate::{self, ExtraObject};

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct VerifyReport {
    pub(crate) path: PathBuf,
    /// Empty when the backup is good.
    pub(crate) problems: Vec<String>,
    /// Whether it was restored into a scratch database; otherwise only its bytes were read.
    pub(crate) restored: bool,
    /// As far as known.
    pub(crate) rows: BTreeMap<String, u64>,
    /// What the bot's schema does not have, also when the database has it.
    pub(crate) extra_objects: Vec<ExtraObject>,
}

/// Finds the backup at `path`; a file without a manifest may be a backup of the old bot.
pub(crate) fn find_backup(path: &Path) -> Result<ListedBackup, BackupError> {
    let manifest = manifest_path(path);
    let backup = list::read_backup(path.to_owned(), &manifest);
    match fs::metadata(path) {
        Ok(_) => Ok(backup),
        Err(_) if manifest.exists() || matches!(backup.state, BackupState::Unreadable(_)) => Ok(backup),
        Err(source) => Err(BackupError::file("read", path)(source)),
    }
}

/// Compares the checksum, restores the backup into a scratch file (one of PostgreSQL into a scratch database on the server
/// at `url`) and checks the result. Problems of the backup are in the report; an error means that it could not be verified.
pub(crate) fn verify_backup(
    backup: &ListedBackup,
    url: Option<&DatabaseUrl>,
    progress: Progress<'_>,
) -> Result<VerifyReport, BackupError> {
    let mut report = VerifyReport {
        path: backup.path.clone(),
        problems: Vec::new(),
        restored: false,
        rows: BTreeMap::new(),
        extra_objects: Vec::new(),
    };
    let Some(manifest) = check_bytes(backup, &mut report.problems, progress)? else { return Ok(report) };
    report.rows.clone_from(&manifest.rows);
    match manifest.backend {
        DatabaseKind::Sqlite => {
            // The folder may be on a disk that is mounted read-only.
            let staging = StagingDir::create_in(files::folder_of(&backup.path), FilePurpose::Backup)
                .or_else(|_| StagingDir::create_temporary())?;
            let scratch = staging.file("scratch");
            if let Err(error) = unpack_artifact(backup, &scratch, progress) {
                if is_archive_error(&error) {
                    report.problems.push(format!("it cannot be unpacked: {error}"));
                    return Ok(report);
                }
                return Err(BackupError::file("write", &scratch)(error));
            }
            let unpacked = inspect_file(&scratch, progress);
            report.problems = unpacked.problems(Some(manifest));
            report.extra_objects = unpacked.extra_objects;
            report.restored = true;
        }
        DatabaseKind::Postgres => try_archive(backup, manifest, url, &mut report)?,
    }
    let added = objects_unknown_to(url, &report.extra_objects);
    if !added.is_empty() {
        report.problems.push(format!("it has what neither the bot's schema nor the database has: {added}"));
    }
    Ok(report)
}

/// Returns, joined, those of the objects that the database does not have. One of another kind, or one that cannot be read, has
/// none of them.
pub(super) fn objects_unknown_to(database: Option<&DatabaseUrl>, objects: &[ExtraObject]) -> String {
    const LOCK_TIMEOUT: Duration = Duration::from_secs(10);
    let list = |url| {
        let conn = connection::open_read_only(url, LOCK_TIMEOUT);
        conn.and_then(|conn| conn.map_or(Ok(Vec::new()), |mut conn| migrate::list_extra_objects(&mut conn)))
    };
    let present = if objects.is_empty() { None } else { database.and_then(|url| list(url).ok()) };
    let is_unknown = |object: &&ExtraObject| !present.iter().flatten().any(|known| known == *object);
    objects.iter().filter(is_unknown).map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Compares length and checksum with the manifest. Returns the manifest unless there are problems.
pub(super) fn check_bytes<'a>(
    backup: &'a ListedBackup,
    problems: &mut Vec<String>,
    progress: Progress<'_>,
) -> Result<Option<&'a BackupManifest>, BackupError> {
    if let BackupState::Unreadable(reason) = &backup.state {
        return Err(BackupError::Unreadable { path: backup.path.clone(), reason: reason.clone() });
    }
    let (BackupState::Good | BackupState::WrongSize, Some(manifest)) = (&backup.state, &backup.manifest)
    else {
        problems.push(backup.state.as_str().to_owned());
        return Ok(None);
    };
    let mut on_bytes = |done| progress("reading", done, manifest.size);
    let (size, sha256) =
        files::hash_file(&backup.path, &mut on_bytes).map_err(BackupError::file("read", &backup.path))?;
    if size != manifest.size {
        problems.push(format!("it has {size} bytes instead of {}", manifest.size));
    } else if sha256 != manifest.sha256 {
        problems.push("its bytes have changed: the checksum is not the one in the manifest".to_owned());
    }
    Ok(problems.is_empty().then_some(manifest))
}

#[derive(Default)]
pub(super) struct UnpackedDatabase {
    pub(super) inspection: Inspection,
    /// `None` when it is damaged.
    pub(super) schema_state: Option<migrate::SchemaState>,
    pub(super) extra_objects: Vec<ExtraObject>,
}

impl UnpackedDatabase {
    /// Returns its damage, or else what is not as the manifest says.
    pub(super) fn problems(&self, manifest: Option<&BackupManifest>) -> Vec<String> {
        match manifest {
            Some(manifest) if self.inspection.damage.is_empty() => {
                self.inspection.differences_from_manifest(manifest)
            }
            _ => self.inspection.damage.clone(),
        }
    }
}

/// Inspects an unpacked database. A file that is not a database counts as damaged.
pub(super) fn inspect_file(file: &Path, progress: Progress<'_>) -> UnpackedDatabase {
    let url = DatabaseUrl::Sqlite(file.to_owned());
    let inspect = || -> crate::db::Result<UnpackedDatabase> {
        let mut conn = connection::open_connection(&url)?;
        let inspection = inspect_database(&mut conn, CheckDepth::Full)?;
        if !inspection.damage.is_empty() {
            return Ok(UnpackedDatabase { inspection, ..UnpackedDatabase::default() });
        }
        let schema_state = Some(migrate::schema_state(&mut conn)?);
        Ok(UnpackedDatabase {
            inspection,
            schema_state,
            extra_objects: migrate::list_extra_objects(&mut conn)?,
        })
    };
    let inspected = files::run_with_ticks(inspect, || progress("checking", 0, 1));
    inspected.unwrap_or_else(|error| UnpackedDatabase {
        inspection: Inspection { damage: vec![error.to_string()], ..Inspection::default() },
        ..UnpackedDatabase::default()
    })
}

/// Restores an archive of PostgreSQL into a scratch database, if there is a server for one.
fn try_archive(
    backup: &ListedBackup,
    manifest: &BackupManifest,
    url: Option<&DatabaseUrl>,
    report: &mut VerifyReport,
) -> Result<(), BackupError> {
    let Some(DatabaseUrl::Postgres(secret)) = url else {
        return read_archive(backup, report);
    };
    let restored = match postgres::restore_into_scratch(secret, &backup.path) {
        Ok(Some(restored)) => restored,
        Ok(None) => return read_archive(backup, report),
        Err(BackupError::Client { message, .. })
            if ClientFailure::classify(&message) == ClientFailure::Other =>
        {
            report.problems.push(format!("it cannot be restored: {message}"));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    report.restored = true;
    report.problems.extend(row_differences(&manifest.rows, &restored.rows));
    if restored.schema != manifest.schema {
        report.problems.push("the schema version is not the expected one".to_owned());
    }
    report.rows = restored.rows;
    report.extra_objects = restored.extra_objects;
    Ok(())
}

/// Reads an archive without a server to restore it on.
fn read_archive(backup: &ListedBackup, report: &mut VerifyReport) -> Result<(), BackupError> {
    match postgres::read_archive(&backup.path) {
        Err(BackupError::Client { message, .. }) => {
            report.problems.push(format!("it cannot be read: {message}"));
        }
        read => read?,
    }
    Ok(())
}
