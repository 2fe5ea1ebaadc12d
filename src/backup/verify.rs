//! Trying a backup out, without writing to it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::error::{BackupError, ClientFailure, FilePurpose};
use super::list::{self, BackupState, ListedBackup};
use super::manifest::{self, BackupManifest, DatabaseKind};
use super::work::StagingDir;
use super::{Progress, files, postgres};
use crate::backup::database;
use crate::config::database::DatabaseUrl;
use crate::db::connection;
use crate::migrate;

/// What came out of trying a backup.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifyReport {
    /// The artifact.
    pub path: PathBuf,
    /// What is wrong with it; empty when it is good.
    pub problems: Vec<String>,
    /// Whether it was restored into a scratch database; if not, only its bytes were looked at.
    pub restored: bool,
    /// Every table with its number of rows, as far as known.
    pub rows: BTreeMap<String, u64>,
}

impl VerifyReport {
    /// Whether nothing is wrong with it.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }
}

/// The artifact at `path` and what its manifest says; a file that has no manifest can be one of the old bot's backups.
///
/// # Errors
/// When the artifact is not there.
pub fn find(path: &Path) -> Result<ListedBackup, BackupError> {
    let manifest = manifest::path_of(path);
    let listed = list::look(path.to_owned(), &manifest);
    match fs::metadata(path) {
        Ok(_) => Ok(listed),
        Err(_) if manifest.exists() || matches!(listed.state, BackupState::Unreadable(_)) => Ok(listed),
        Err(source) => Err(BackupError::file("read", path)(source)),
    }
}

/// Compares the checksum, restores the backup into a scratch file (a scratch database on the server at `url` for one of
/// PostgreSQL), and checks what comes out. Never writes to the artifact.
///
/// # Errors
/// When it cannot be tried; what is wrong with the backup is in the verdict.
pub fn verify_backup(
    listed: &ListedBackup,
    url: Option<&DatabaseUrl>,
    progress: Progress<'_>,
) -> Result<VerifyReport, BackupError> {
    let mut verdict = VerifyReport {
        path: listed.path.clone(),
        problems: Vec::new(),
        restored: false,
        rows: BTreeMap::new(),
    };
    let folder =
        listed.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A folder that cannot be written to, a disk that is mounted read-only, can be verified too.
    let work = || StagingDir::new(folder, FilePurpose::Backup).or_else(|_| StagingDir::temporary());
    let Some(manifest) = checked_bytes(listed, &mut verdict.problems, progress)? else { return Ok(verdict) };
    verdict.rows.clone_from(&manifest.rows);
    match manifest.backend {
        DatabaseKind::Sqlite => {
            let work = work()?;
            let scratch = work.file("scratch");
            if let Err(error) = unpack(listed, &scratch, progress) {
                if is_about_the_archive(&error) {
                    verdict.problems.push(format!("it cannot be unpacked: {error}"));
                    return Ok(verdict);
                }
                return Err(BackupError::file("write", &scratch)(error));
            }
            let content = look_into(&scratch, progress);
            verdict.restored = true;
            verdict.problems = content.problems(Some(manifest));
        }
        DatabaseKind::Postgres => try_archive(listed, manifest, url, &mut verdict)?,
    }
    Ok(verdict)
}

/// Compares length and checksum with the manifest; `None` when there is nothing more to look at.
pub(super) fn checked_bytes<'a>(
    listed: &'a ListedBackup,
    problems: &mut Vec<String>,
    progress: Progress<'_>,
) -> Result<Option<&'a BackupManifest>, BackupError> {
    if let BackupState::Unreadable(why) = &listed.state {
        return Err(BackupError::Unreadable { path: listed.path.clone(), why: why.clone() });
    }
    let (BackupState::Good | BackupState::WrongSize, Some(manifest)) = (&listed.state, &listed.manifest)
    else {
        problems.push(listed.state.as_str().to_owned());
        return Ok(None);
    };
    let mut told = |done| progress("reading", done, manifest.size);
    let (size, sha256) =
        files::hash(&listed.path, &mut told).map_err(BackupError::file("read", &listed.path))?;
    if size != manifest.size {
        problems.push(format!("it has {size} bytes instead of {}", manifest.size));
    } else if sha256 != manifest.sha256 {
        problems
            .push("its checksum is not the one it had when it was made: its bytes have changed".to_owned());
    }
    Ok(problems.is_empty().then_some(manifest))
}

/// Writes the database that is in an artifact into a new file, for this user only.
pub(super) fn unpack(listed: &ListedBackup, to: &Path, progress: Progress<'_>) -> io::Result<()> {
    let file = File::open(&listed.path)?;
    let total = file.metadata()?.len();
    let is_packed = listed.path.extension().is_some_and(|end| end == "zst");
    let mut from: Box<dyn Read> =
        if is_packed { Box::new(zstd::Decoder::new(file)?) } else { Box::new(file) };
    let mut written = File::create_new(to)?;
    files::make_private(to)?;
    let mut told = |done: u64| progress("restoring", done.min(total), total);
    files::copy_hashed(&mut from, &mut written, &mut told)?;
    written.sync_all()
}

/// Whether unpacking failed for what is in the archive and not for the disk.
pub(super) fn is_about_the_archive(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::Other)
        && error.raw_os_error().is_none()
}

/// What is in an unpacked database.
pub(super) struct Content {
    pub(super) check: database::check::Check,
    pub(super) rows: BTreeMap<String, u64>,
    pub(super) schema: Option<String>,
    pub(super) state: Option<migrate::SchemaState>,
}

impl Content {
    /// What is wrong with it.
    pub(super) fn problems(&self, manifest: Option<&BackupManifest>) -> Vec<String> {
        let mut problems = self.check.damage.clone();
        let Some(manifest) = manifest.filter(|_| problems.is_empty()) else { return problems };
        problems.extend(differences(&manifest.rows, &self.rows));
        if self.check.broken_references != manifest.broken_references {
            let (now, then) = (self.check.broken_references, manifest.broken_references);
            problems.push(format!("{now} rows refer to rows that are not there; there were {then}"));
        }
        if self.schema != manifest.schema {
            problems.push("its schema version is not the one in the manifest".to_owned());
        }
        problems
    }
}

/// Checks an unpacked database thoroughly. A file that is no database at all is damaged, not an error.
pub(super) fn look_into(file: &Path, progress: Progress<'_>) -> Content {
    let url = DatabaseUrl::Sqlite(file.to_owned());
    let look = || -> crate::db::Result<Content> {
        let mut conn = connection::open_connection(&url)?;
        database::set_cache(&mut conn, 16 * 1024)?;
        let check = database::check::whole(&mut conn)?;
        if !check.damage.is_empty() {
            return Ok(Content { check, rows: BTreeMap::new(), schema: None, state: None });
        }
        let (rows, schema) = (database::rows(&mut conn)?, database::schema_version(&mut conn)?);
        Ok(Content { check, rows, schema, state: Some(migrate::schema_state(&mut conn)?) })
    };
    let looked = files::aside(look, || progress("checking", 0, 1));
    looked.unwrap_or_else(|error| Content {
        check: database::check::Check { damage: vec![error.to_string()], broken_references: 0 },
        rows: BTreeMap::new(),
        schema: None,
        state: None,
    })
}

/// An archive of PostgreSQL, in a scratch database if there is a server to make one on.
fn try_archive(
    listed: &ListedBackup,
    manifest: &BackupManifest,
    url: Option<&DatabaseUrl>,
    verdict: &mut VerifyReport,
) -> Result<(), BackupError> {
    let Some(DatabaseUrl::Postgres(secret)) = url else {
        return read_through(listed, verdict);
    };
    let tried = match postgres::try_out(secret, &listed.path) {
        Ok(tried) => tried,
        Err(BackupError::Client { said, .. }) if ClientFailure::classify(&said) == ClientFailure::Other => {
            verdict.problems.push(format!("it cannot be restored: {said}"));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let Some(rows) = tried.rows else { return read_through(listed, verdict) };
    verdict.restored = true;
    verdict.problems.extend(differences(&manifest.rows, &rows));
    if tried.schema != manifest.schema {
        verdict.problems.push("its schema version is not the one in the manifest".to_owned());
    }
    verdict.rows = rows;
    Ok(())
}

/// An archive without a server that it could be restored on.
fn read_through(listed: &ListedBackup, verdict: &mut VerifyReport) -> Result<(), BackupError> {
    match postgres::read_through(&listed.path) {
        Err(BackupError::Client { said, .. }) => verdict.problems.push(format!("it cannot be read: {said}")),
        read => read?,
    }
    Ok(())
}

/// Tables whose number of rows is not what it should be.
fn differences(should: &BTreeMap<String, u64>, is: &BTreeMap<String, u64>) -> Vec<String> {
    let names: std::collections::BTreeSet<_> = should.keys().chain(is.keys()).collect();
    let shown =
        |count: Option<&u64>| count.map_or_else(|| "no table".to_owned(), |count| format!("{count} rows"));
    names
        .into_iter()
        .filter(|name| should.get(*name) != is.get(*name))
        .map(|name| format!("{name}: {} instead of {}", shown(is.get(name)), shown(should.get(name))))
        .collect()
}
