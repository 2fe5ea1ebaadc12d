//! A SQLite file that is written under a temporary name and renamed when it is complete.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;

use super::error::TransferError;
use crate::config::database::DatabaseUrl;
use crate::db::connection::{self, AnyConnection, allow_writing, on_each};

/// Removed when it is dropped unfinished. A killed run leaves the file, the next one removes it.
pub(super) struct UnfinishedFile {
    path: PathBuf,
    temporary: PathBuf,
}

impl UnfinishedFile {
    /// Checks that nothing at `path` would be lost, and removes what a killed run left.
    pub(super) fn prepare(path: &Path) -> Result<Self, TransferError> {
        let not_empty = |holds| TransferError::NotEmpty { target: path.display().to_string(), holds };
        if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file() || found.len() > 0) {
            return Err(not_empty("there is a file of that name".to_owned()));
        }
        // SQLite would apply a leftover log to the new database.
        for suffix in ["-wal", "-journal"] {
            let log = with_suffix(path, suffix);
            if log.exists() {
                return Err(not_empty(format!("{} is left of another database", log.display())));
            }
        }
        let unfinished = Self { path: path.to_owned(), temporary: with_suffix(path, ".transfer") };
        unfinished.remove_files()?;
        Ok(unfinished)
    }

    /// Creates the file. The connection writes fast; only [`Self::finish`] makes the file durable.
    pub(super) fn create(&self) -> Result<AnyConnection, TransferError> {
        let url = DatabaseUrl::Sqlite(self.temporary.clone());
        connection::make_private_file(&url).map_err(TransferError::Target)?;
        let mut conn = connection::open_connection(&url).map_err(TransferError::Target)?;
        allow_writing(&mut conn).map_err(TransferError::Target)?;
        let fast = "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE";
        on_each!(&mut conn, |c| c.batch_execute(fast))
            .map_err(|error| TransferError::Target(error.into()))?;
        Ok(conn)
    }

    /// Syncs the closed file to disk and renames it.
    pub(super) fn finish(self) -> Result<(), TransferError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| TransferError::File { path, source }
        };
        File::open(&self.temporary).and_then(|file| file.sync_all()).map_err(failed(&self.temporary))?;
        fs::rename(&self.temporary, &self.path).map_err(failed(&self.path))?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
    }

    fn remove_files(&self) -> Result<(), TransferError> {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let path = with_suffix(&self.temporary, suffix);
            match fs::remove_file(&path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(TransferError::File { path, source });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for UnfinishedFile {
    fn drop(&mut self) {
        // The next run removes what cannot be removed now.
        let _removed = self.remove_files();
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
