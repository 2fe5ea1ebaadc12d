//! A folder that only this user can look into and that goes when it is no longer needed: the copy in it has clients' names
//! and phones.
//!
//! A process may be killed at any moment. While the copy is made it has a name, and whoever comes next removes it; as soon
//! as it is open it has none, and goes with the process.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;

use crate::config::database::DatabaseUrl;
use crate::db::connection::{self, AnyConnection, on_each};
use crate::db::error::Result;

const PREFIX: &str = "botctl-adopt-";
const COPY: &str = "copy.db";

/// The folder.
pub(super) struct Scratch {
    folder: PathBuf,
    /// Locked as long as this process lives.
    _lock: File,
}

impl Scratch {
    /// Makes the folder, and removes what others left who were killed.
    ///
    /// # Errors
    /// When none can be made in `temporary`.
    pub(super) fn new(temporary: &Path) -> io::Result<Self> {
        remove_left_over(temporary);
        let folder = temporary.join(format!("{PREFIX}{:016x}", rand::random::<u64>()));
        DirBuilder::new().mode(0o700).create(&folder)?;
        let lock = File::open(&folder)?;
        lock.try_lock()?;
        Ok(Self { folder, _lock: lock })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The one file in it.
    pub(super) fn file(&self) -> PathBuf {
        self.folder.join(COPY)
    }

    /// Opens the copy and takes its name away, and the folder.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn open(&self) -> Result<AnyConnection> {
        let mut conn = connection::open_connection(&DatabaseUrl::Sqlite(self.file()))?;
        // A journal beside it would be a file with a name.
        on_each!(&mut conn, |c| c.batch_execute("PRAGMA journal_mode = MEMORY"))?;
        remove(&self.folder);
        Ok(conn)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(&self.folder);
    }
}

/// One that is in use is locked. One without a copy in it may just have been made, and gives nothing away.
fn remove_left_over(temporary: &Path) {
    let Ok(entries) = fs::read_dir(temporary) else { return };
    let is_ours = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(PREFIX);
    for entry in entries.flatten().filter(|entry| is_ours(&entry.file_name())) {
        let folder = entry.path();
        // A link is not followed; what belongs to another user cannot be looked into.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder
            && folder.join(COPY).exists()
            && File::open(&folder).is_ok_and(|folder| folder.try_lock().is_ok())
        {
            remove(&folder);
        }
    }
}

fn remove(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, folder = %folder.display(), "a temporary copy could not be removed");
    }
}
