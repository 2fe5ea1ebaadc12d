//! The copy of a SQLite database.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::Progress;
use super::create::Copied;
use super::error::{BackupError, Place};
use super::files;
use crate::config::database::DatabaseUrl;
use crate::db;
use crate::db::backup::{self, check::Check};
use crate::db::connection::{self, AnyConnection};

/// Bytes that are written, and brought to the disk, at a time.
const BLOCK: usize = 2 * 1024 * 1024;
/// Memory for pages of each connection that checks, KiB.
const CACHE: u32 = 4 * 1024;
/// How long somebody is waited for who has the database locked.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many connections check a copy side by side.
const CHECKERS: usize = 2;

/// Copies the database at `source` into the new file `copy`, beside whoever writes meanwhile, brings it to the disk and
/// checks it.
pub(super) fn copy(source: &Path, copy: &Path, progress: Progress<'_>) -> Result<Copied, BackupError> {
    let (mut size, mut sha256) = write(source, copy, progress)?;
    let (content, mended) = match look_through(copy, source, progress) {
        // A page that belongs to nobody or a wrong list of free ones goes away when each row is written anew, and at no
        // time is a backup wanted more. Whatever else is damaged may have cost rows, and a copy without them would look
        // whole.
        Err(BackupError::Damaged { damage, .. })
            if damage.iter().all(|line| backup::check::is_outside_of_rows(line)) =>
        {
            (size, sha256) = write_anew(source, copy, progress)?;
            (look_through(copy, source, progress)?, damage)
        }
        content => (content?, Vec::new()),
    };
    let Content { broken_references, rows, schema } = content;
    Ok(Copied { rows, schema, broken_references, size, sha256, mended })
}

/// Writes the rows, not the pages, into a copy that takes the place of the one that is there.
fn write_anew(source: &Path, copy: &Path, progress: Progress<'_>) -> Result<(u64, String), BackupError> {
    progress("copying", 0, 1);
    fs::remove_file(copy).map_err(BackupError::file("remove", copy))?;
    let mut from = Source::open(source)?;
    let mut vacuum = || -> db::Result<()> {
        backup::pages::let_time_go_on(&mut from.conn)?;
        connection::allow_writing(&mut from.conn)?;
        backup::pages::copy_into(&mut from.conn, copy)
    };
    vacuum().map_err(|error| BackupError::reading(source, error))?;
    from.is_unchanged()?;
    let finish = || files::make_private(copy).and_then(|()| files::sync(copy));
    finish().and_then(|()| files::hash(copy, &mut |_| {})).map_err(BackupError::file("write", copy))
}

/// Writes the pages into the copy on one thread while another reads them, and returns its length and checksum when it is
/// on the disk.
fn write(source: &Path, copy: &Path, progress: Progress<'_>) -> Result<(u64, String), BackupError> {
    let mut from = Source::open(source)?;
    let total = backup::size(&mut from.conn).map_err(|error| BackupError::reading(source, error))?;
    let file = File::create_new(copy).map_err(BackupError::file("make", copy))?;
    files::make_private(copy).map_err(BackupError::file("set the mode of", copy))?;
    let (full, to_write) = mpsc::sync_channel::<Vec<u8>>(1);
    thread::scope(|scope| {
        let writing = scope.spawn(move || write_blocks(&file, to_write));
        let (mut block, mut done) = (Vec::with_capacity(BLOCK), 0);
        let read = backup::pages::for_each(&mut from.conn, |page| {
            block.extend_from_slice(page);
            if block.len() + page.len() > BLOCK {
                done += block.len() as u64;
                progress("copying", done.min(total), total);
                let next = std::mem::replace(&mut block, Vec::with_capacity(BLOCK));
                full.send(next).map_err(|_| Stopped::Writing)?;
            }
            Ok(())
        });
        let read = read.and_then(|()| full.send(block).map_err(|_| Stopped::Writing));
        drop(full);
        let written = writing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match read {
            Err(Stopped::Reading(error)) => Err(BackupError::reading(source, error)),
            Ok(()) | Err(Stopped::Writing) => from.is_unchanged().and(written.map_err(|source| {
                let folder = copy.parent().and_then(Path::parent).unwrap_or(copy);
                BackupError::Copy { folder: folder.to_owned(), source }
            })),
        }
    })
}

/// Writes the blocks and brings them to the disk little by little, so that whoever commits to the same disk never waits for
/// much of ours; while one is on its way, the next is written and hashed.
fn write_blocks(mut file: &File, blocks: mpsc::Receiver<Vec<u8>>) -> io::Result<(u64, String)> {
    let (written, to_sync) = mpsc::sync_channel::<()>(0);
    thread::scope(|scope| {
        let syncing = scope.spawn(move || to_sync.iter().try_for_each(|()| file.sync_data()));
        let (mut hash, mut size) = (Sha256::new(), 0);
        for block in blocks {
            file.write_all(&block)?;
            // Nobody takes it when the disk has failed.
            if written.send(()).is_err() {
                break;
            }
            hash.update(&block);
            size += block.len() as u64;
        }
        drop(written);
        syncing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        file.sync_all()?;
        Ok((size, files::hex(&hash.finalize())))
    })
}

/// A database that stands still while it is copied.
struct Source<'a> {
    path: &'a Path,
    conn: AnyConnection,
    /// Set where nothing keeps others from writing: the facts by which it is seen that they did.
    seen: Option<(u64, SystemTime)>,
}

impl<'a> Source<'a> {
    /// Opens it. One that has its changes in a `-wal` when it is used needs files beside it even to be read. Where none can
    /// be made, on a disk that is mounted read-only, and nobody uses it, its file is read as it is.
    fn open(path: &'a Path) -> Result<Self, BackupError> {
        let url = DatabaseUrl::Sqlite(path.to_owned());
        let error = match connection::open(&url).and_then(stopped) {
            Ok(conn) => return Ok(Self { path, conn, seen: None }),
            Err(error) => error,
        };
        if !error.to_string().contains("unable to open database file") || fs::File::open(path).is_err() {
            return Err(BackupError::reading(path, error));
        }
        let side =
            connection::side(path, "-wal").map_err(BackupError::file_of(Place::Database, "find", path))?;
        if side.exists() {
            return Err(BackupError::ReadOnly { database: path.to_owned(), side });
        }
        let seen = facts(path)?;
        match connection::look(&url, PATIENCE).and_then(|conn| conn.map(stopped).transpose()) {
            Ok(Some(conn)) => Ok(Self { path, conn, seen: Some(seen) }),
            Ok(None) => Err(BackupError::NoDatabase(path.to_owned())),
            Err(error) => Err(BackupError::reading(path, error)),
        }
    }

    /// Makes sure that what was read is of one moment.
    fn is_unchanged(&self) -> Result<(), BackupError> {
        match self.seen {
            Some(seen) if facts(self.path)? != seen => Err(BackupError::InUse(self.path.to_owned())),
            _ => Ok(()),
        }
    }
}

fn stopped(mut conn: AnyConnection) -> db::Result<AnyConnection> {
    backup::pages::stop_time(&mut conn)?;
    Ok(conn)
}

/// Length and time of a file.
fn facts(path: &Path) -> Result<(u64, SystemTime), BackupError> {
    let facts = || fs::metadata(path).and_then(|file| Ok((file.len(), file.modified()?)));
    facts().map_err(BackupError::file_of(Place::Database, "read", path))
}

/// Why no more pages are read.
enum Stopped {
    /// The database cannot be read.
    Reading(db::Error),
    /// The copy cannot be written; its thread knows why.
    Writing,
}

impl From<db::Error> for Stopped {
    fn from(error: db::Error) -> Self {
        Self::Reading(error)
    }
}

/// What is in a copy.
struct Content {
    broken_references: u64,
    rows: BTreeMap<String, u64>,
    schema: Option<String>,
}

/// Checks a copy and counts what is in it.
fn look_through(copy: &Path, source: &Path, progress: Progress<'_>) -> Result<Content, BackupError> {
    // It has what the source has.
    let damaged = |damage: Vec<String>, only_indexes: bool| BackupError::Damaged {
        what: source.display().to_string(),
        damage,
        only_indexes,
    };
    let unreadable = |error: db::Error| {
        if error.is_of_disk() { error.into() } else { damaged(vec![error.to_string()], false) }
    };
    let url = DatabaseUrl::Sqlite(copy.to_owned());
    let mut conn = connection::open(&url).map_err(unreadable)?;
    let steps = backup::check::steps(&mut conn).map_err(unreadable)?;
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Check::default()));
    let take_steps = || -> db::Result<()> {
        let mut conn = connection::open(&url)?;
        backup::set_cache(&mut conn, CACHE)?;
        while let Some(step) = steps.get(next.fetch_add(1, Ordering::Relaxed)) {
            let check = backup::check::take(&mut conn, step)?;
            let mut found = found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            found.damage.extend(check.damage);
            found.broken_references += check.broken_references;
        }
        Ok(())
    };
    let check_all = || {
        thread::scope(|scope| {
            let checkers: Vec<_> = (0..CHECKERS).map(|_| scope.spawn(take_steps)).collect();
            let counted = backup::rows(&mut conn);
            for checker in checkers {
                checker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            }
            counted
        })
    };
    let (done, total) = (|| next.load(Ordering::Relaxed) as u64, steps.len() as u64);
    let counted = files::aside(check_all, || progress("checking", done().min(total), total));
    let mut found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !found.damage.is_empty() {
        found.damage.extend(counted.err().map(|error| error.to_string()));
        let only_indexes = backup::check::is_only_about_indexes(&mut conn, &found.damage);
        return Err(damaged(found.damage, only_indexes));
    }
    let rows = counted.map_err(unreadable)?;
    let schema = backup::schema_version(&mut conn).map_err(unreadable)?;
    Ok(Content { broken_references: found.broken_references, rows, schema })
}
