//! A private temporary folder for a copy with clients' names and phones.
//!
//! No killed process leaves the copy behind: while it is made, the next run removes it; once it is open it is unlinked, so
//! the system removes it with the process.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;

use crate::config::database::DatabaseUrl;
use crate::db::connection::{self, AnyConnection, on_each};
use crate::db::error::Result;

const PREFIX: &str = "botctl-adopt-";
const COPY_NAME: &str = "copy.db";

pub(super) struct ScratchFolder {
    folder: PathBuf,
    /// Locked while this process runs.
    _lock: File,
}

impl ScratchFolder {
    /// Creates the folder and removes those of killed processes.
    pub(super) fn new(temporary: &Path) -> io::Result<Self> {
        remove_abandoned(temporary);
        let folder = temporary.join(format!("{PREFIX}{:016x}", rand::random::<u64>()));
        DirBuilder::new().mode(0o700).create(&folder)?;
        let lock = File::open(&folder)?;
        lock.try_lock()?;
        Ok(Self { folder, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.folder
    }

    pub(super) fn copy_path(&self) -> PathBuf {
        self.folder.join(COPY_NAME)
    }

    /// Opens the copy and unlinks it together with the folder.
    pub(super) fn open_copy(&self) -> Result<AnyConnection> {
        let mut conn = connection::open_connection(&DatabaseUrl::Sqlite(self.copy_path()))?;
        // A journal file would outlive a killed process.
        on_each!(&mut conn, |c| c.batch_execute("PRAGMA journal_mode = MEMORY"))?;
        remove_folder(&self.folder);
        Ok(conn)
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        remove_folder(&self.folder);
    }
}

/// A folder in use is locked. One without a copy may just have been created, and has no personal data.
fn remove_abandoned(temporary: &Path) {
    let Ok(entries) = fs::read_dir(temporary) else { return };
    let is_ours = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(PREFIX);
    for entry in entries.flatten().filter(|entry| is_ours(&entry.file_name())) {
        let folder = entry.path();
        // Links are not followed; folders of other users cannot be read.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder
            && folder.join(COPY_NAME).exists()
            && File::open(&folder).is_ok_and(|folder| folder.try_lock().is_ok())
        {
            remove_folder(&folder);
        }
    }
}

fn remove_folder(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, folder = %folder.display(), "a temporary copy could not be removed");
    }
}
