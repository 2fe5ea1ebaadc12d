//! Folders for what is not ready yet, and the lock of the backup folder.
//!
//! Who makes a work folder holds a lock on it for as long as it lives; the operating system lets go of that when the
//! process dies, however it dies. So a work folder whose lock is free is what a crash left, and nobody needs to guess
//! from names, numbers of processes or ages.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::BackupError;
use super::files;
use super::manifest;

/// How long another run that works on the same backup folder is waited for.
const PATIENCE: Duration = Duration::from_mins(10);
/// Between two looks at a lock.
const PAUSE: Duration = Duration::from_millis(50);
/// How the name of a work folder begins.
const PREFIX: &str = ".botctl-work-";

/// A folder that goes away with everything in it.
#[derive(Debug)]
pub struct Work {
    path: PathBuf,
    _lock: File,
}

impl Work {
    /// Makes one inside of `folder`, for this user only, and clears away there what crashes left.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(folder: &Path) -> Result<Self, BackupError> {
        clear(folder)?;
        loop {
            let path = folder.join(format!("{PREFIX}{:016x}", rand::random::<u64>()));
            let made = DirBuilder::new().mode(0o700).create(&path);
            made.map_err(BackupError::file("make the folder", &path))?;
            let lock = File::open(&path).map_err(BackupError::file("open the folder", &path))?;
            lock.lock().map_err(BackupError::file("lock the folder", &path))?;
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

impl Drop for Work {
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
    let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
    let file = opened.map_err(BackupError::file("write to", &path))?;
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

/// Removes the work folders of processes that are gone.
///
/// # Errors
/// When the folder cannot be read.
pub fn clear(folder: &Path) -> Result<(), BackupError> {
    for entry in fs::read_dir(folder).map_err(BackupError::file("read the folder", folder))? {
        let path = entry.map_err(BackupError::file("read the folder", folder))?.path();
        let is_ours = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        if !is_ours {
            continue;
        }
        let Ok(left) = File::open(&path) else { continue };
        if left.try_lock().is_ok() {
            finish(folder, &path);
            // What cannot be removed now stays for the next run.
            let _removed = fs::remove_dir_all(&path);
        }
    }
    Ok(())
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
        if artifact.is_file() && !manifest.exists() && manifest == manifest::path_of(&artifact) {
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
