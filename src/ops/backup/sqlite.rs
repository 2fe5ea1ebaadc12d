//! The copy of a SQLite database.

use std::fs::File;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::Progress;
use super::create::Copied;
use super::error::BackupError;
use super::files;
use crate::config::database::DatabaseUrl;
use crate::db::connection;
use crate::db::{self, backup};

/// Between two looks at how long the copy is.
const LOOK: Duration = Duration::from_millis(100);
/// Pages of the copy that are kept while it is checked, KiB.
const CACHE: u32 = 8 * 1024;

/// Copies the database at `source` into the new file `copy`, beside whoever writes meanwhile, brings it to the disk and
/// checks it.
pub(super) fn copy(source: &Path, copy: &Path, progress: Progress<'_>) -> Result<Copied, BackupError> {
    let url = DatabaseUrl::Sqlite(source.to_owned());
    let mut conn = connection::open(&url)?;
    let total = backup::size(&mut conn)?;
    connection::allow_writing(&mut conn)?;
    let length = || std::fs::metadata(copy).map_or(0, |file| file.len());
    let copied = aside(
        || backup::copy_into(&mut conn, copy),
        || {
            // Bit by bit, so that neither we nor whoever writes to the same disk wait for all of it at the end.
            if let Ok(file) = File::open(copy) {
                let _synced = file.sync_data();
            }
            progress("copying", length().min(total), total);
        },
    );
    let folder = copy.parent().and_then(Path::parent).unwrap_or(copy);
    copied.map_err(|source| BackupError::Copy { folder: folder.to_owned(), source })?;
    drop(conn);
    files::make_private(copy).map_err(BackupError::file("set the mode of", copy))?;
    look_through(copy, progress)
}

/// Checks a SQLite file that nobody else uses, and counts what is in it. Its checksum is taken on the way.
pub(super) fn look_through(file: &Path, progress: Progress<'_>) -> Result<Copied, BackupError> {
    let total = std::fs::metadata(file).map_err(BackupError::file("read", file))?.len();
    let url = DatabaseUrl::Sqlite(file.to_owned());
    let mut conn = connection::open(&url)?;
    backup::set_cache(&mut conn, CACHE)?;
    let mut look = || -> db::Result<_> {
        let check = backup::check(&mut conn)?;
        Ok((check, backup::rows(&mut conn)?, backup::schema_version(&mut conn)?))
    };
    progress("checking", 0, total);
    let (found, hashed) = thread::scope(|scope| {
        let looking = scope.spawn(&mut look);
        let hashed = files::hash(file, &mut |done| progress("checking", done, total))
            .and_then(|hashed| files::sync(file).map(|()| hashed));
        (looking.join(), hashed)
    });
    let (check, rows, schema) = found.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let (size, sha256) = hashed.map_err(BackupError::file("read", file))?;
    if !check.damage.is_empty() {
        return Err(BackupError::Damaged { what: file.display().to_string(), damage: check.damage });
    }
    Ok(Copied { rows, schema, broken_references: check.broken_references, size, sha256 })
}

/// Runs `work` on a thread of its own and `meanwhile` now and then on this one.
fn aside<T: Send>(work: impl FnOnce() -> T + Send, mut meanwhile: impl FnMut()) -> T {
    let (tell, told) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let working = scope.spawn(move || {
            // Dropped at the end of the work, also when it panics.
            let _tell = tell;
            work()
        });
        while let Err(RecvTimeoutError::Timeout) = told.recv_timeout(LOOK) {
            meanwhile();
        }
        working.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
