//! The copy of a SQLite database.

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::Progress;
use super::create::Copied;
use super::error::BackupError;
use super::files;
use crate::config::database::DatabaseUrl;
use crate::db::backup::{self, Check};
use crate::db::{self, connection};

/// Memory for pages of each connection, KiB.
const CACHE: u32 = 8 * 1024;
/// How many connections check a copy side by side; the checksum is taken meanwhile.
const CHECKERS: usize = 2;

/// Copies the database at `source` into the new file `copy`, beside whoever writes meanwhile, brings it to the disk and
/// checks it.
pub(super) fn copy(source: &Path, copy: &Path, progress: Progress<'_>) -> Result<Copied, BackupError> {
    let url = DatabaseUrl::Sqlite(source.to_owned());
    let mut conn = connection::open(&url)?;
    let total = backup::size(&mut conn)?;
    connection::allow_writing(&mut conn)?;
    backup::set_cache(&mut conn, CACHE)?;
    let length = || std::fs::metadata(copy).map_or(0, |file| file.len());
    let copied = files::aside(
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
    look_through(copy, source, progress)
}

/// Checks a copy that was just made, counts what is in it, takes its checksum and brings it to the disk.
fn look_through(copy: &Path, source: &Path, progress: Progress<'_>) -> Result<Copied, BackupError> {
    let url = DatabaseUrl::Sqlite(copy.to_owned());
    let mut conn = connection::open(&url)?;
    let steps = backup::steps(&mut conn)?;
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Check::default()));
    let checker = || -> db::Result<()> {
        let mut conn = connection::open(&url)?;
        backup::set_cache(&mut conn, CACHE)?;
        while let Some(step) = steps.get(next.fetch_add(1, Ordering::Relaxed)) {
            let check = backup::take(&mut conn, step)?;
            let mut found = found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            found.damage.extend(check.damage);
            found.broken_references += check.broken_references;
        }
        Ok(())
    };
    let check_all = || {
        thread::scope(|scope| {
            let checkers: Vec<_> = (0..CHECKERS).map(|_| scope.spawn(checker)).collect();
            let hashed = files::hash(copy, &mut |_| {}).and_then(|hashed| files::sync(copy).map(|()| hashed));
            let counted = backup::rows(&mut conn);
            for checker in checkers {
                checker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            }
            Ok((hashed, counted?))
        })
    };
    let (done, total) = (|| next.load(Ordering::Relaxed) as u64, steps.len() as u64);
    let checked: db::Result<_> = files::aside(check_all, || progress("checking", done().min(total), total));
    let (hashed, rows) = checked.map_err(|error| damaged(source, vec![error.to_string()]))?;
    let (size, sha256) = hashed.map_err(BackupError::file("read", copy))?;
    let found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !found.damage.is_empty() {
        return Err(damaged(source, found.damage));
    }
    let schema = backup::schema_version(&mut conn)?;
    Ok(Copied { rows, schema, broken_references: found.broken_references, size, sha256 })
}

fn damaged(source: &Path, damage: Vec<String>) -> BackupError {
    BackupError::Damaged { what: format!("the copy of {}", source.display()), damage }
}
