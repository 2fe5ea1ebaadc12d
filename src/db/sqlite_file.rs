//! The file of a SQLite database: its real path, its identity, its sidecar files, its permissions.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::error::{Error, FileLoss, Result};
use crate::config::database::DatabaseUrl;

/// Returns a path as a URI to which options can be appended ("Uniform Resource Identifiers" in SQLite's documentation).
pub(super) fn file_uri(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    // A second slash would make the next component a host.
    format!("file:///{}", escaped.trim_start_matches('/'))
}

/// Returns false also for a path that may not be examined.
pub(super) fn is_missing(path: &Path) -> bool {
    path.metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// Resolves the links of a path, also to a file that does not exist yet.
pub(crate) fn real_path(database: &Path) -> io::Result<PathBuf> {
    match database.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Ok(link) = database.read_link() {
                return real_path(&database.with_file_name(link));
            }
            let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).canonicalize()?;
            Ok(folder.join(database.file_name().unwrap_or_default()))
        }
        found => found,
    }
}

/// Returns the path of a sidecar file, such as `-wal`.
pub(crate) fn sidecar_path(database: &Path, suffix: &str) -> io::Result<PathBuf> {
    let mut name = real_path(database)?.into_os_string();
    name.push(suffix);
    Ok(PathBuf::from(name))
}

/// The files of an open database as they were when it was opened: device and inode; `None` for a sidecar file that did not
/// exist.
#[derive(Debug)]
pub(super) struct FileIdentity {
    database: (PathBuf, Option<(u64, u64)>),
    sidecars: Vec<(PathBuf, Option<(u64, u64)>)>,
}

impl FileIdentity {
    pub(super) fn read(database: &Path) -> io::Result<Self> {
        let identified = |path: PathBuf| Ok((path.clone(), file_id(&path)?));
        let sidecars = ["-wal", "-shm"].map(|suffix| identified(sidecar_path(database, suffix)?));
        Ok(Self {
            database: identified(database.to_owned())?,
            sidecars: sidecars.into_iter().collect::<io::Result<_>>()?,
        })
    }

    /// Lets the sidecar files be removed or made anew.
    pub(super) fn forget_sidecars(&mut self) {
        self.sidecars.clear();
    }

    /// Compares with the files that are there now. A file that may not be examined counts as the same.
    pub(super) fn check(&self) -> Result<(), FileLoss> {
        let is_same = |(path, opened): &(PathBuf, Option<(u64, u64)>)| {
            opened.is_none() || file_id(path).map_or(true, |now| now == *opened)
        };
        if !is_same(&self.database) {
            let is_empty = self.database.0.metadata().map_or(true, |file| file.len() == 0);
            return Err(if is_empty { FileLoss::Missing } else { FileLoss::Replaced });
        }
        if self.sidecars.iter().all(is_same) { Ok(()) } else { Err(FileLoss::Sidecar) }
    }
}

/// Returns the device and the inode of a file, `None` for a missing one.
fn file_id(path: &Path) -> io::Result<Option<(u64, u64)>> {
    use std::os::unix::fs::MetadataExt;
    match path.metadata() {
        Ok(file) => Ok(Some((file.dev(), file.ino()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Explains why a file cannot be opened, more precisely than SQLite does. A missing file is no error: it can be created.
pub(super) fn check_file_access(path: &Path) -> Result<(), String> {
    match path.metadata() {
        Ok(facts) if facts.is_dir() => Err("is a directory, not a database".to_owned()),
        // Opening and closing the file instead would release this process's SQLite locks on it.
        Ok(_) => access(path, Access::READ_OK)
            .map_err(|error| format!("cannot be read: {}", io::Error::from(error))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("cannot be read: {error}")),
    }
}

/// Creates an empty SQLite file that only its owner can read, since it will hold clients' names and phones; SQLite gives
/// `-wal` and `-shm` the same mode. If root creates it, it belongs to the owner of its folder, so that the bot can use it.
/// Does nothing if the file exists, and on PostgreSQL.
pub(crate) fn make_private_file(url: &DatabaseUrl) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;

    let DatabaseUrl::Sqlite(path) = url else { return Ok(()) };
    // Through a dangling link SQLite would create it world-readable.
    let path = real_path(path).unwrap_or_else(|_| path.clone());
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(file) => {
            if let Some(folder) = path.parent().and_then(|folder| folder.metadata().ok()) {
                chown_like(&file, &folder);
            }
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            Err(Error::File { database: url.to_string(), what: format!("cannot be made: {error}") })
        }
    }
}

/// Changes the owner of a new file to that of another file, which only root can.
pub(super) fn chown_like(file: &File, owner: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    if file.metadata().is_ok_and(|own| own.uid() != owner.uid()) {
        let _ignored = fchown(file, Some(owner.uid()), Some(owner.gid()));
    }
}
