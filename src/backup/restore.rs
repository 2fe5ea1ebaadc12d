//! Restoring a backup. The caller holds the locks of `serve` and of migrations.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::contents;
use super::create::{BackupOptions, create_backup};
use super::error::{BackupError, FilePurpose};
use super::files::Progress;
use super::list::{BackupState, ListedBackup};
use super::manifest::{BackupArtifact, BackupManifest, BackupReason, DatabaseKind, manifest_path};
use super::postgres;
use super::staging::StagingDir;
use super::swap::{self, WriteWatch};
use super::unpack::{is_archive_error, unpack_artifact};
use super::verify::{check_bytes, inspect_file, objects_unknown_to};
use crate::config::database::DatabaseUrl;
use crate::db::lock_file::open_regular;
use crate::db::{self, connection};
use crate::migrate::{self, ExtraObject, SchemaState};

/// A good backup that is ready to replace the database.
#[derive(Debug)]
pub(crate) struct PreparedRestore {
    backup: ListedBackup,
    pub(crate) rows: BTreeMap<String, u64>,
    /// The newest migration in it; `None` in a database of the old bot.
    pub(crate) schema: Option<String>,
    pub(crate) current: CurrentContents,
    target: RestoreTarget,
}

/// What a restore would replace.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum CurrentContents {
    /// No database, or one without tables.
    Nothing,
    Rows(BTreeMap<String, u64>),
    /// A damaged SQLite file, with SQLite's message.
    Damaged(String),
}

#[derive(Debug)]
enum RestoreTarget {
    /// The unpacked file in its staging directory, and the file that it replaces.
    Sqlite {
        staging: StagingDir,
        target: PathBuf,
        extra_objects: Vec<ExtraObject>,
    },
    Postgres {
        allow_extra: bool,
    },
}

#[derive(Debug)]
pub(crate) struct RestoreReport {
    /// The backup of the previous database; `None` if it was empty or could not be read.
    pub(crate) before: Option<BackupArtifact>,
    /// Where a damaged database was moved, whether there is a backup of it or not.
    pub(crate) set_aside: Option<PathBuf>,
}

/// Unpacks and checks a backup for the database at `url`, without changing the database. Unless `allow_extra`, what neither the
/// bot's schema nor the database has is refused, in an archive of PostgreSQL not before it is restored.
pub(crate) fn prepare_restore(
    url: &DatabaseUrl,
    backup: ListedBackup,
    allow_extra: bool,
    progress: Progress<'_>,
) -> Result<PreparedRestore, BackupError> {
    let manifest = check_artifact(&backup, progress)?;
    let kind = match &manifest {
        Some(manifest) => manifest.backend,
        None if is_archive(&backup.path) => DatabaseKind::Postgres,
        None => DatabaseKind::Sqlite,
    };
    match (url, kind) {
        (DatabaseUrl::Sqlite(path), DatabaseKind::Sqlite) => {
            let prepared = prepare_file(url, path, backup, manifest.as_ref(), progress)?;
            if allow_extra { Ok(prepared) } else { prepared.expect_no_extra_objects(url) }
        }
        (DatabaseUrl::Postgres(_), DatabaseKind::Postgres) => {
            prepare_archive(url, backup, manifest, allow_extra)
        }
        _ => Err(BackupError::WrongKind { path: backup.path, database: url.to_string() }),
    }
}

fn invalid(backup: &ListedBackup, problem: String) -> BackupError {
    BackupError::Invalid { path: backup.path.clone(), problems: vec![problem] }
}

/// Compares the bytes with the manifest. `None` for a file without a manifest, which may be a backup of the old bot.
fn check_artifact(
    backup: &ListedBackup,
    progress: Progress<'_>,
) -> Result<Option<BackupManifest>, BackupError> {
    if backup.state == BackupState::Newer {
        return Err(BackupError::Newer(backup.path.clone()));
    }
    // A manifest that cannot be looked at, or is a link to nowhere, exists too.
    let manifest = manifest_path(&backup.path).symlink_metadata();
    if !manifest.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        if backup.state == BackupState::BadManifest && !is_archive(&backup.path) {
            return Err(BackupError::BadManifest(backup.path.clone()));
        }
        let mut problems = Vec::new();
        return match check_bytes(backup, &mut problems, progress)? {
            Some(manifest) => Ok(Some(manifest.clone())),
            None => Err(BackupError::Invalid { path: backup.path.clone(), problems }),
        };
    }
    open_regular(&backup.path).map_err(BackupError::file("read", &backup.path))?;
    let sidecars = ["-wal", "-journal"].map(|ending| connection::sidecar_path(&backup.path, ending));
    let is_filled = |sidecar: &PathBuf| fs::metadata(sidecar).is_ok_and(|file| file.len() > 0);
    match sidecars.into_iter().flatten().find(is_filled) {
        None => Ok(None),
        Some(sidecar) => {
            let problem = format!(
                "{} holds changes that are not in it yet; merge them with `sqlite3 {} 'PRAGMA journal_mode = DELETE'`",
                sidecar.display(),
                backup.path.display()
            );
            Err(invalid(backup, problem))
        }
    }
}

fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "dump")
}

fn prepare_file(
    url: &DatabaseUrl,
    path: &Path,
    backup: ListedBackup,
    manifest: Option<&BackupManifest>,
    progress: Progress<'_>,
) -> Result<PreparedRestore, BackupError> {
    let file_of = |action, path| BackupError::file_of(FilePurpose::Database, action, path);
    let target = connection::real_path(path).map_err(file_of("find", path))?;
    let staging = StagingDir::create_in(target.parent().unwrap_or(Path::new("/")), FilePurpose::Database)?;
    let file = staging.file("restored");
    if let Err(error) = unpack_artifact(&backup, &file, progress) {
        if is_archive_error(&error) {
            return Err(invalid(&backup, format!("it cannot be unpacked: {error}")));
        }
        return Err(file_of("restore into", &file)(error));
    }
    let unpacked = inspect_file(&file, progress);
    let problems = unpacked.problems(manifest);
    if !problems.is_empty() {
        return Err(BackupError::Invalid { path: backup.path, problems });
    }
    match unpacked.schema_state {
        Some(SchemaState::Newer(_)) => return Err(BackupError::Newer(backup.path)),
        Some(SchemaState::Foreign | SchemaState::Empty) if manifest.is_none() => {
            return Err(invalid(&backup, "it is a database of another program".to_owned()));
        }
        _ => {}
    }
    let (rows, schema) = (unpacked.inspection.rows, unpacked.inspection.schema);
    let target = RestoreTarget::Sqlite { staging, target, extra_objects: unpacked.extra_objects };
    Ok(PreparedRestore { backup, rows, schema, current: current_contents(url)?, target })
}

fn prepare_archive(
    url: &DatabaseUrl,
    backup: ListedBackup,
    manifest: Option<BackupManifest>,
    allow_extra: bool,
) -> Result<PreparedRestore, BackupError> {
    let Some(BackupManifest { rows, schema, .. }) = manifest else {
        let problem = "it has no manifest beside it, so its contents cannot be checked";
        return Err(invalid(&backup, problem.to_owned()));
    };
    match postgres::read_archive(&backup.path) {
        Err(BackupError::Client { message, .. }) => {
            return Err(invalid(&backup, format!("it cannot be read: {message}")));
        }
        read => read?,
    }
    postgres::expect_safe_psql()?;
    let mut conn = connection::open_connection(url)?;
    postgres::expect_replaceable(url, &mut conn)?;
    migrate::privileges::require_schema_rights(&mut conn, &migrate::extra_objects::own_names()?)?;
    let known = migrate::list_migrations(&mut conn)?;
    let is_known =
        |version: &String| known.iter().any(|entry| entry.version == *version && entry.name.is_some());
    if !schema.as_ref().is_none_or(is_known) {
        return Err(BackupError::Newer(backup.path));
    }
    let (current, target) = (current_contents(url)?, RestoreTarget::Postgres { allow_extra });
    Ok(PreparedRestore { backup, rows, schema, current, target })
}

/// Counts what is in the database now. Only a damaged file may be replaced unread: what cannot be read for another reason
/// may be the only copy.
fn current_contents(url: &DatabaseUrl) -> Result<CurrentContents, BackupError> {
    let count = || -> db::Result<BTreeMap<String, u64>> {
        let mut conn = connection::open_connection(url)?;
        contents::lift_timeouts(&mut conn)?;
        contents::count_rows(&mut conn, &[])
    };
    let counted = match url {
        DatabaseUrl::Sqlite(path) if !path.exists() => return Ok(CurrentContents::Nothing),
        DatabaseUrl::Sqlite(path) => count().map_err(|error| BackupError::reading(path, error)),
        DatabaseUrl::Postgres(_) => count().map_err(BackupError::Database),
    };
    match counted {
        Ok(rows) if rows.is_empty() => Ok(CurrentContents::Nothing),
        Ok(rows) => Ok(CurrentContents::Rows(rows)),
        Err(BackupError::Damaged { damage, .. }) => Ok(CurrentContents::Damaged(damage.join("; "))),
        Err(BackupError::MissingExtension { missing, .. }) => Ok(CurrentContents::Damaged(missing)),
        Err(error) => Err(error),
    }
}

/// Backs up what is about to be replaced; `None` if there is nothing.
fn back_up_current(
    url: &DatabaseUrl,
    dir: &Path,
    progress: Progress<'_>,
) -> Result<Option<BackupArtifact>, BackupError> {
    let options = BackupOptions { dir: dir.to_owned(), reason: BackupReason::BeforeRestore, compress: false };
    match create_backup(url, &options, progress) {
        Ok(created) => Ok(Some(created)),
        Err(BackupError::NoDatabase(_) | BackupError::Empty(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

impl PreparedRestore {
    pub(crate) fn file_name(&self) -> String {
        self.backup.file_name()
    }

    fn expect_no_extra_objects(self, url: &DatabaseUrl) -> Result<Self, BackupError> {
        let RestoreTarget::Sqlite { extra_objects, .. } = &self.target else { return Ok(self) };
        let objects = objects_unknown_to(Some(url), extra_objects);
        if objects.is_empty() {
            return Ok(self);
        }
        Err(BackupError::ExtraObjects { path: self.backup.path, objects })
    }

    /// Backs up the current database into `dir` and replaces it. After an error the current database is still in place.
    pub(crate) fn replace_database(
        self,
        url: &DatabaseUrl,
        dir: &Path,
        progress: Progress<'_>,
    ) -> Result<RestoreReport, BackupError> {
        match (&self.target, url) {
            (RestoreTarget::Sqlite { staging, target, .. }, DatabaseUrl::Sqlite(_)) => {
                let watch = target.exists().then(|| WriteWatch::begin(target));
                let new = staging.file("restored");
                match back_up_current(url, dir, progress) {
                    Ok(before) => {
                        let is_damaged =
                            before.as_ref().is_some_and(|backup| !backup.manifest.repaired.is_empty());
                        let set_aside = is_damaged.then(|| swap::kept_path(target));
                        swap::replace_file(&new, target, watch, set_aside.as_deref())?;
                        Ok(RestoreReport { before, set_aside })
                    }
                    // No backup is possible because of the database, not because of the disk or a lock.
                    Err(BackupError::Damaged { .. } | BackupError::MissingExtension { .. }) => {
                        drop(watch);
                        let set_aside = Some(swap::replace_damaged_file(&new, target)?);
                        Ok(RestoreReport { before: None, set_aside })
                    }
                    Err(error) => Err(error),
                }
            }
            (RestoreTarget::Postgres { allow_extra }, DatabaseUrl::Postgres(secret)) => {
                let before = back_up_current(url, dir, progress)?;
                postgres::restore_archive(secret, &self.backup.path, &self.rows, *allow_extra, progress)?;
                Ok(RestoreReport { before, set_aside: None })
            }
            _ => Err(BackupError::WrongKind { path: self.backup.path, database: url.to_string() }),
        }
    }
}
