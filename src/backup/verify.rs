//! Verifying a backup without writing to it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::error::{BackupError, ClientFailure, FilePurpose};
use super::files::{self, Progress};
use super::integrity::{CheckDepth, Inspection, inspect_database, row_differences};
use super::list::{self, BackupState, ListedBackup};
use super::manifest::{BackupManifest, DatabaseKind, manifest_path};
use super::postgres;
use super::staging::StagingDir;
use crate::config::database::DatabaseUrl;
use crate::db::connection;
use crate::migrate;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct VerifyReport {
    pub(crate) path: PathBuf,
    /// Empty when the backup is good.
    pub(crate) problems: Vec<String>,
    /// Whether it was restored into a scratch database; otherwise only its bytes were read.
    pub(crate) restored: bool,
    /// As far as known.
    pub(crate) rows: BTreeMap<String, u64>,
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
            report.problems = inspect_file(&scratch, progress).problems(Some(manifest));
            report.restored = true;
        }
        DatabaseKind::Postgres => try_archive(backup, manifest, url, &mut report)?,
    }
    Ok(report)
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

/// Writes the database in an artifact into a new file, for this user only.
pub(super) fn unpack_artifact(backup: &ListedBackup, to: &Path, progress: Progress<'_>) -> io::Result<()> {
    let file = File::open(&backup.path)?;
    let total = file.metadata()?.len();
    let is_packed = backup.path.extension().is_some_and(|end| end == "zst");
    let mut from: Box<dyn Read> =
        if is_packed { Box::new(zstd::Decoder::new(file)?) } else { Box::new(file) };
    let mut written = File::create_new(to)?;
    files::make_private(to)?;
    let mut on_bytes = |done: u64| progress("restoring", done.min(total), total);
    files::copy_hashed(&mut from, &mut written, &mut on_bytes)?;
    written.sync_all()
}

/// Returns whether unpacking failed because of the archive and not because of the disk.
pub(super) fn is_archive_error(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::Other)
        && error.raw_os_error().is_none()
}

pub(super) struct UnpackedDatabase {
    pub(super) inspection: Inspection,
    /// `None` when it is damaged.
    pub(super) schema_state: Option<migrate::SchemaState>,
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
        let schema_state =
            if inspection.damage.is_empty() { Some(migrate::schema_state(&mut conn)?) } else { None };
        Ok(UnpackedDatabase { inspection, schema_state })
    };
    let inspected = files::run_with_ticks(inspect, || progress("checking", 0, 1));
    inspected.unwrap_or_else(|error| UnpackedDatabase {
        inspection: Inspection { damage: vec![error.to_string()], ..Inspection::default() },
        schema_state: None,
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
