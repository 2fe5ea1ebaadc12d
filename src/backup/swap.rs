//! Replacing a SQLite file.
//!
//! The new file is prepared and checked beside the old one. Then the old one's `-wal` and `-journal` are checkpointed into
//! it, and a lock keeps other processes from creating new ones; only then the new file takes its name. So the new file
//! never stands beside a log of the old one, and whenever the process dies, one of the two is in place and complete.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::{BackupError, FilePurpose};
use super::{files, sqlite};
use crate::config::database::DatabaseUrl;
use crate::db::connection::{self, AnyConnection};
use crate::db::time;

/// Files that SQLite keeps beside a database.
const SIDECARS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Notices writes to a database between the begin of its backup and its replacement.
pub(super) struct WriteWatch {
    conn: AnyConnection,
    version: i64,
}

impl WriteWatch {
    pub(super) fn begin(target: &Path) -> Result<Self, BackupError> {
        let mut conn = connection::open_connection(&DatabaseUrl::Sqlite(target.to_owned()))?;
        connection::allow_writing(&mut conn)?;
        let version = sqlite::data_version(&mut conn)?;
        Ok(Self { conn, version })
    }

    /// Locks the database for as long as the returned connection lives.
    fn lock_database(mut self, target: &Path) -> Result<AnyConnection, BackupError> {
        let in_use = || BackupError::InUse(target.to_owned());
        // Later writes are in no backup.
        if sqlite::data_version(&mut self.conn)? != self.version {
            return Err(in_use());
        }
        sqlite::checkpoint_wal(&mut self.conn).map_err(|_| in_use())?;
        Ok(self.conn)
    }
}

/// Gives the new file the name of the database, and the old one the name `keep` if there is one.
pub(super) fn replace_file(
    new: &Path,
    target: &Path,
    watch: Option<Result<WriteWatch, BackupError>>,
    keep: Option<&Path>,
) -> Result<(), BackupError> {
    let file_of = |action, path| BackupError::file_of(FilePurpose::Database, action, path);
    let folder = files::folder_of(target);
    let lock = if let Some(watch) = watch {
        let conn = watch?.lock_database(target)?;
        copy_owner_and_mode(new, target).map_err(file_of("set owner and mode of", new))?;
        if let Some(kept) = keep {
            link_or_copy(target, kept).map_err(file_of("keep a copy of", target))?;
        }
        Some(conn)
    } else {
        // The log of a missing database must not be taken for the new one's.
        move_sidecars(target, &kept_path(target)).map_err(file_of("move the files beside", target))?;
        files::chown_like(new, &fs::metadata(folder).map_err(file_of("find", target))?);
        None
    };
    let replaced = fs::rename(new, target).and_then(|()| files::sync_file(folder));
    drop(lock);
    replaced.map_err(file_of("replace", target))
}

/// Replaces a file that cannot be read. It is kept under another name, in case something can be recovered from it.
pub(super) fn replace_damaged_file(new: &Path, target: &Path) -> Result<PathBuf, BackupError> {
    let kept = kept_path(target);
    let replace = || -> io::Result<()> {
        copy_owner_and_mode(new, target)?;
        link_or_copy(target, &kept)?;
        move_sidecars(target, &kept)?;
        fs::rename(new, target)?;
        files::sync_file(files::folder_of(target))
    };
    replace().map_err(BackupError::file_of(FilePurpose::Database, "replace", target))?;
    Ok(kept)
}

/// Returns the path under which a replaced file is kept.
pub(super) fn kept_path(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(time::now().format(".before-restore-%Y-%m-%d_%H-%M-%S%.6f").to_string());
    PathBuf::from(name)
}

fn link_or_copy(file: &Path, name: &Path) -> io::Result<()> {
    fs::hard_link(file, name).or_else(|_| fs::copy(file, name).map(drop))
}

/// Renames the sidecar files of a database, durably.
fn move_sidecars(target: &Path, kept: &Path) -> io::Result<()> {
    let with = |path: &Path, sidecar: &str| {
        let mut name = OsString::from(path);
        name.push(sidecar);
        PathBuf::from(name)
    };
    for sidecar in SIDECARS {
        match fs::rename(with(target, sidecar), with(kept, sidecar)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    files::sync_file(files::folder_of(target))
}

fn copy_owner_and_mode(new: &Path, old: &Path) -> io::Result<()> {
    let old = fs::metadata(old)?;
    let now = fs::metadata(new)?;
    if (now.uid(), now.gid()) != (old.uid(), old.gid()) {
        std::os::unix::fs::chown(new, Some(old.uid()), Some(old.gid()))?;
    }
    fs::set_permissions(new, fs::Permissions::from_mode(old.mode() & 0o777))?;
    files::sync_file(new)
}
