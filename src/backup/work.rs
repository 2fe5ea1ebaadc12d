//! Folders for what is not ready yet, and the lock of the backup folder.
//!
//! Who makes a work folder holds a lock on it for as long as it lives; the operating system lets go of that when the
//! process dies, however it dies. So a work folder whose lock is free is what a crash left, and nobody needs to guess
//! from names, numbers of processes or ages.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};

use super::error::{BackupError, FilePurpose};
use super::{files, list, manifest};
use crate::config::database::DatabaseUrl;
use crate::db::connection;

/// How long another run that works on the same backup folder is waited for.
const PATIENCE: Duration = Duration::from_mins(10);
/// Between two looks at a lock.
const PAUSE: Duration = Duration::from_millis(50);
/// How the name of a work folder begins.
const PREFIX: &str = ".botctl-work-";

/// A folder that goes away with everything in it.
#[derive(Debug)]
pub struct StagingDir {
    path: PathBuf,
    _lock: File,
}

impl StagingDir {
    /// Makes one inside of `folder`, for this user only, and clears away there what crashes left.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(folder: &Path, place: FilePurpose) -> Result<Self, BackupError> {
        remove_stale_staging(folder)?;
        Self::make(folder, place)
    }

    /// Makes one in the system's folder for temporary files. What is there already can be anybody's and is left alone.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn temporary() -> Result<Self, BackupError> {
        Self::make(&std::env::temp_dir(), FilePurpose::Backup)
    }

    fn make(folder: &Path, place: FilePurpose) -> Result<Self, BackupError> {
        loop {
            let path = folder.join(format!("{PREFIX}{:016x}", rand::random::<u64>()));
            let made = DirBuilder::new().mode(0o700).create(&path);
            made.map_err(BackupError::file_of(place, "make the folder", &path))?;
            let lock = File::open(&path).map_err(BackupError::file_of(place, "open the folder", &path))?;
            lock.lock().map_err(BackupError::file_of(place, "lock the folder", &path))?;
            // Somebody who cleans up may have been faster than the lock.
            if is_same(&lock, &path) {
                return Ok(Self { path, _lock: lock });
            }
        }
    }

    /// A file in it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for StagingDir {
    fn drop(&mut self) {
        // What stays is removed by the next run.
        let _removed = fs::remove_dir_all(&self.path);
    }
}

/// Held while backups are made or removed in a folder.
#[derive(Debug)]
pub struct FolderLock {
    _lock: File,
}

/// Waits for the folder's lock.
///
/// # Errors
/// [`BackupError::Busy`] when another run keeps it for long, or why the folder cannot be used.
pub fn lock(folder: &Path, waiting: &mut dyn FnMut()) -> Result<FolderLock, BackupError> {
    let path = folder.join(".botctl-lock");
    let file = open_lock(&path).map_err(BackupError::file("write to", &path))?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                waiting();
                std::thread::sleep(PAUSE);
            }
            Err(TryLockError::WouldBlock) => return Err(BackupError::Busy(folder.to_owned())),
            Err(TryLockError::Error(source)) => return Err(BackupError::file("lock", &path)(source)),
        }
    }
    Ok(FolderLock { _lock: file })
}

fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    match options.clone().create_new(true).open(path) {
        Ok(file) => {
            files::give_to_owner_of_folder(path);
            Ok(file)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path),
        Err(error) => Err(error),
    }
}

/// Removes what restores that died left beside a SQLite database: up to a copy of it each.
///
/// # Errors
/// When its folder cannot be read.
pub fn remove_stale_staging_beside(url: &DatabaseUrl) -> Result<(), BackupError> {
    let DatabaseUrl::Sqlite(path) = url else { return Ok(()) };
    let target =
        connection::real_path(path).map_err(BackupError::file_of(FilePurpose::Database, "find", path))?;
    target.parent().map_or(Ok(()), remove_stale_staging)
}

/// Removes the work folders of processes that are gone.
///
/// # Errors
/// When the folder cannot be read.
pub fn remove_stale_staging(folder: &Path) -> Result<(), BackupError> {
    for entry in fs::read_dir(folder).map_err(BackupError::file("read the folder", folder))? {
        let path = entry.map_err(BackupError::file("read the folder", folder))?.path();
        let is_ours = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        if !is_ours {
            continue;
        }
        let Ok(left) = open_ours(folder, &path) else { continue };
        if left.try_lock().is_ok() {
            finish(folder, &path);
            // What cannot be removed now stays for the next run.
            let _removed = fs::remove_dir_all(&path);
        }
    }
    Ok(())
}

/// Opens a work folder: nothing that a link leads to, and nothing that somebody made who has no say in `folder`.
fn open_ours(folder: &Path, path: &Path) -> io::Result<File> {
    let opened =
        open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty());
    let opened = File::from(opened?);
    let owner = opened.metadata()?.uid();
    // Ours, or that of whose folder it is, whose backups root may be making.
    let is_ours = owner == files::own_uid()? || owner == folder.metadata()?.uid();
    if is_ours { Ok(opened) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

/// A run that died between putting an artifact and its manifest into their places had done everything else: the artifact
/// was checked and is on the disk.
fn finish(folder: &Path, work: &Path) {
    let Ok(entries) = fs::read_dir(work) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let Some(name) = path.file_name().filter(|_| path.extension().is_some_and(|end| end == "json"))
        else {
            continue;
        };
        let manifest = folder.join(name);
        let artifact = manifest.with_extension("");
        let is_artifact = artifact.file_name().is_some_and(|name| list::is_artifact(&name.to_string_lossy()));
        if is_artifact && artifact.is_file() && !manifest.exists() && manifest == manifest::path_of(&artifact)
        {
            // Without it the artifact is not listed, which is safe too.
            let _moved = fs::rename(&path, &manifest).and_then(|()| files::sync_folder(folder));
        }
    }
}

fn is_same(open: &File, path: &Path) -> bool {
    let number = |file: fs::Metadata| (file.dev(), file.ino());
    let (ours, there) = (open.metadata().map(number), fs::metadata(path).map(number));
    matches!((ours, there), (Ok(ours), Ok(there)) if ours == there)
}
