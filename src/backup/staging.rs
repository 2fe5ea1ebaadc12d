//! Staging directories, in which backups are prepared, and the lock of the backup folder.
//!
//! A process holds a lock on its staging directory, which the operating system releases when the process dies. So a staging
//! directory without a lock is what a crash left, and nothing needs to be guessed from names, process ids or ages.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};

use super::error::{BackupError, FilePurpose};
use super::manifest::manifest_path;
use super::{files, list};
use crate::config::database::DatabaseUrl;
use crate::db::connection;
use crate::db::lock_file::open_lock_file;

/// How long to wait for another run on the same backup folder.
const LOCK_TIMEOUT: Duration = Duration::from_mins(10);
const LOCK_RETRY: Duration = Duration::from_millis(50);
const PREFIX: &str = ".botctl-work-";

/// A directory that is removed with everything in it when dropped.
#[derive(Debug)]
pub(crate) struct StagingDir {
    path: PathBuf,
    _lock: File,
}

impl StagingDir {
    /// Creates one in `folder`, for this user only, and removes there what crashes left.
    pub(crate) fn create_in(folder: &Path, place: FilePurpose) -> Result<Self, BackupError> {
        remove_stale_staging(folder)?;
        Self::create(folder, place)
    }

    /// Creates one in the folder for temporary files. Stale directories there may be of other users and stay.
    pub(crate) fn create_temporary() -> Result<Self, BackupError> {
        Self::create(&std::env::temp_dir(), FilePurpose::Backup)
    }

    fn create(folder: &Path, place: FilePurpose) -> Result<Self, BackupError> {
        loop {
            let path = folder.join(format!("{PREFIX}{:016x}", rand::random::<u64>()));
            let made = DirBuilder::new().mode(0o700).create(&path);
            made.map_err(BackupError::file_of(place, "create the directory", &path))?;
            let lock = File::open(&path).map_err(BackupError::file_of(place, "open the directory", &path))?;
            lock.lock().map_err(BackupError::file_of(place, "lock the directory", &path))?;
            // A clean-up may have removed it before it was locked.
            if is_same(&lock, &path) {
                return Ok(Self { path, _lock: lock });
            }
        }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for StagingDir {
    fn drop(&mut self) {
        // The next run removes what is left.
        let _may_fail = fs::remove_dir_all(&self.path);
    }
}

/// Held while backups are created or removed in a folder.
#[derive(Debug)]
pub(crate) struct BackupDirLock {
    _lock: File,
}

/// Waits for the lock of the folder; [`BackupError::Busy`] when another run keeps it for too long.
pub(super) fn lock_backup_dir(
    folder: &Path,
    on_wait: &mut dyn FnMut(),
) -> Result<BackupDirLock, BackupError> {
    let path = folder.join(".botctl-lock");
    let file = folder.metadata().and_then(|folder| open_lock_file(&path, &folder));
    let file = file.map_err(BackupError::file("write to", &path))?;
    let deadline = Instant::now() + LOCK_TIMEOUT;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                on_wait();
                std::thread::sleep(LOCK_RETRY);
            }
            Err(TryLockError::WouldBlock) => return Err(BackupError::Busy(folder.to_owned())),
            Err(TryLockError::Error(source)) => return Err(BackupError::file("lock", &path)(source)),
        }
    }
    Ok(BackupDirLock { _lock: file })
}

/// Removes what killed restores left beside a SQLite database: up to a copy of it each.
pub(crate) fn remove_stale_staging_beside(url: &DatabaseUrl) -> Result<(), BackupError> {
    let DatabaseUrl::Sqlite(path) = url else { return Ok(()) };
    let target =
        connection::real_path(path).map_err(BackupError::file_of(FilePurpose::Database, "find", path))?;
    target.parent().map_or(Ok(()), remove_stale_staging)
}

/// Removes the staging directories of processes that have died.
pub(super) fn remove_stale_staging(folder: &Path) -> Result<(), BackupError> {
    for entry in fs::read_dir(folder).map_err(BackupError::file("read the directory", folder))? {
        let path = entry.map_err(BackupError::file("read the directory", folder))?.path();
        let is_staging = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        if !is_staging {
            continue;
        }
        let Ok(stale) = open_staging(folder, &path) else { continue };
        if stale.try_lock().is_ok() {
            publish_manifest(folder, &path);
            let _may_fail = fs::remove_dir_all(&path);
        }
    }
    Ok(())
}

/// Opens a staging directory, but follows no link and trusts no directory of another user.
fn open_staging(folder: &Path, path: &Path) -> io::Result<File> {
    let opened =
        open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty());
    let opened = File::from(opened?);
    let owner = opened.metadata()?.uid();
    // This user, or the owner of the backup folder, for whom root may create backups.
    let is_trusted = owner == files::own_uid()? || owner == folder.metadata()?.uid();
    if is_trusted { Ok(opened) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

/// Moves a manifest whose artifact is already in its place: a run that died between the two had done everything else.
fn publish_manifest(folder: &Path, staging: &Path) {
    let Ok(entries) = fs::read_dir(staging) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let Some(name) = path.file_name().filter(|_| path.extension().is_some_and(|end| end == "json"))
        else {
            continue;
        };
        let manifest = folder.join(name);
        let artifact = manifest.with_extension("");
        let is_artifact =
            artifact.file_name().is_some_and(|name| list::is_artifact_name(&name.to_string_lossy()));
        if is_artifact && artifact.is_file() && !manifest.exists() && manifest == manifest_path(&artifact) {
            // Without it the artifact is not listed, which is safe too.
            let _may_fail = fs::rename(&path, &manifest).and_then(|()| files::sync_file(folder));
        }
    }
}

fn is_same(open: &File, path: &Path) -> bool {
    let number = |file: fs::Metadata| (file.dev(), file.ino());
    let (opened, present) = (open.metadata().map(number), fs::metadata(path).map(number));
    matches!((opened, present), (Ok(opened), Ok(present)) if opened == present)
}
