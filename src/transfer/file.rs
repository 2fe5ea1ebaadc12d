//! A SQLite file that is made under another name and takes its own when it is finished.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;

use super::TransferError;
use crate::config::database::DatabaseUrl;
use crate::db::connection::{self, AnyConnection, allow_writing, on_each};

/// Not finished yet; gone again when it is dropped like this. A killed run leaves the file, the next one removes it.
pub(super) struct Unfinished {
    path: PathBuf,
    made: PathBuf,
}

/// Makes sure that there is nothing at `path` that would be lost, and clears away what a killed run left.
///
/// # Errors
/// [`TransferError::NotEmpty`], or when a file cannot be removed.
pub(super) fn begin(path: &Path) -> Result<Unfinished, TransferError> {
    let not_empty = |holds| TransferError::NotEmpty { target: path.display().to_string(), holds };
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file() || found.len() > 0) {
        return Err(not_empty("there is a file of that name".to_owned()));
    }
    // SQLite would take the log of a database that is gone for the new one's.
    for ending in ["-wal", "-journal"] {
        let log = with(path, ending);
        if log.exists() {
            return Err(not_empty(format!("{} is left of another database", log.display())));
        }
    }
    let unfinished = Unfinished { path: path.to_owned(), made: with(path, ".transfer") };
    unfinished.remove()?;
    Ok(unfinished)
}

impl Unfinished {
    /// A connection that writes fast and leaves being safe to [`Self::finish`].
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(super) fn open(&self) -> Result<AnyConnection, TransferError> {
        let made = DatabaseUrl::Sqlite(self.made.clone());
        connection::make_private_file(&made).map_err(TransferError::Target)?;
        let mut conn = connection::open_connection(&made).map_err(TransferError::Target)?;
        allow_writing(&mut conn).map_err(TransferError::Target)?;
        let fast = "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE";
        on_each!(&mut conn, |c| c.batch_execute(fast))
            .map_err(|error| TransferError::Target(error.into()))?;
        Ok(conn)
    }

    /// Brings the closed file onto the disk and gives it its name.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub(super) fn finish(self) -> Result<(), TransferError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| TransferError::File { path, source }
        };
        File::open(&self.made).and_then(|file| file.sync_all()).map_err(failed(&self.made))?;
        fs::rename(&self.made, &self.path).map_err(failed(&self.path))?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
    }

    fn remove(&self) -> Result<(), TransferError> {
        for ending in ["", "-wal", "-shm", "-journal"] {
            let path = with(&self.made, ending);
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

impl Drop for Unfinished {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run.
        let _removed = self.remove();
    }
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
