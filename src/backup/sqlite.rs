//! The copy of a SQLite database.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use super::Progress;
use super::create::Copied;
use super::error::{BackupError, FilePurpose};
use super::files;
use crate::backup::database::{self, check::Check};
use crate::config::database::DatabaseUrl;
use crate::db;
use crate::db::connection::{self, AnyConnection};

/// Memory for pages of each connection that checks, KiB.
const CACHE: u32 = 4 * 1024;
/// How long somebody is waited for who has the database locked.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many connections check a copy side by side.
const CHECKERS: usize = 2;

/// Checks the database at `source`, copies it into the new file `copy` with `VACUUM INTO`, beside whoever writes meanwhile,
/// brings the copy to the disk and checks it too.
///
/// `VACUUM INTO` makes every index anew and reads no page that belongs to nothing, so damage there shows in the source
/// alone. Written anew, the rows have no part in pages that belong to nothing, and at no time is a backup wanted more;
/// whatever else is damaged may have cost rows, and a copy without them would look whole.
pub(super) fn copy(source: &Path, copy: &Path, progress: Progress<'_>) -> Result<Copied, BackupError> {
    let from = Source::open(source)?;
    let repaired = match inspect(&|| from.open_reader(), source, progress) {
        Err(BackupError::Damaged { damage, .. })
            if damage.iter().all(|line| database::check::is_outside_of_rows(line)) =>
        {
            damage
        }
        content => {
            content?;
            Vec::new()
        }
    };
    let (size, sha256) = from.vacuum_into(copy, progress)?;
    let url = DatabaseUrl::Sqlite(copy.to_owned());
    let Content { broken_references, rows, schema } =
        inspect(&|| connection::open_connection(&url), source, progress)?;
    Ok(Copied { rows, schema, broken_references, size, sha256, repaired })
}

/// The database that is copied.
struct Source<'a> {
    path: &'a Path,
    /// Set where nothing keeps others from writing: the facts by which it is seen that they did.
    seen: Option<(u64, SystemTime)>,
}

impl<'a> Source<'a> {
    /// Opens it. One that has its changes in a `-wal` when it is used needs files beside it even to be read. Where none can
    /// be made, on a disk that is mounted read-only, and nobody uses it, its file is read as it is.
    fn open(path: &'a Path) -> Result<Self, BackupError> {
        let url = DatabaseUrl::Sqlite(path.to_owned());
        let Err(error) =
            connection::open_connection(&url).and_then(|mut conn| database::schema_version(&mut conn))
        else {
            return Ok(Self { path, seen: None });
        };
        if !error.to_string().contains("unable to open database file") || fs::File::open(path).is_err() {
            return Err(BackupError::reading(path, error));
        }
        let side = connection::sidecar_path(path, "-wal").map_err(BackupError::file_of(
            FilePurpose::Database,
            "find",
            path,
        ))?;
        if side.exists() {
            return Err(BackupError::ReadOnly { database: path.to_owned(), side });
        }
        let source = Self { path, seen: Some(facts(path)?) };
        let opened = source.open_reader().and_then(|mut conn| database::schema_version(&mut conn));
        opened.map_err(|error| BackupError::reading(path, error))?;
        Ok(source)
    }

    /// Another connection to it.
    fn open_reader(&self) -> db::Result<AnyConnection> {
        let url = DatabaseUrl::Sqlite(self.path.to_owned());
        match self.seen {
            None => connection::open_connection(&url),
            Some(_) => connection::open_read_only(&url, PATIENCE)?.ok_or_else(|| {
                db::Error::Connect(format!("there is no database at {}", self.path.display()))
            }),
        }
    }

    /// Writes every row into a new file and returns its length and checksum when it is on the disk.
    fn vacuum_into(&self, copy: &Path, progress: Progress<'_>) -> Result<(u64, String), BackupError> {
        progress("copying", 0, 1);
        let vacuum = |mut conn| {
            connection::allow_writing(&mut conn)?;
            database::pages::copy_into(&mut conn, copy)
        };
        let vacuumed = self.open_reader().and_then(vacuum);
        vacuumed.map_err(|error| BackupError::reading(self.path, error))?;
        self.is_unchanged()?;
        let finish = || files::make_private(copy).and_then(|()| files::sync(copy));
        finish().and_then(|()| files::hash(copy, &mut |_| {})).map_err(BackupError::file("write", copy))
    }

    /// Makes sure that what was read is of one moment.
    fn is_unchanged(&self) -> Result<(), BackupError> {
        match self.seen {
            Some(seen) if facts(self.path)? != seen => Err(BackupError::InUse(self.path.to_owned())),
            _ => Ok(()),
        }
    }
}

/// Length and time of a file.
fn facts(path: &Path) -> Result<(u64, SystemTime), BackupError> {
    let facts = || fs::metadata(path).and_then(|file| Ok((file.len(), file.modified()?)));
    facts().map_err(BackupError::file_of(FilePurpose::Database, "read", path))
}

/// What is in a database.
struct Content {
    broken_references: u64,
    rows: BTreeMap<String, u64>,
    schema: Option<String>,
}

/// Checks a database and counts what is in it.
fn inspect(
    open: &(dyn Fn() -> db::Result<AnyConnection> + Sync),
    source: &Path,
    progress: Progress<'_>,
) -> Result<Content, BackupError> {
    // It has what the source has.
    let damaged = |damage: Vec<String>, only_indexes: bool| BackupError::Damaged {
        what: source.display().to_string(),
        damage,
        only_indexes,
    };
    let unreadable = |error: db::Error| {
        if error.is_disk_failure() { error.into() } else { damaged(vec![error.to_string()], false) }
    };
    let mut conn = open().map_err(unreadable)?;
    let steps = database::check::steps(&mut conn).map_err(unreadable)?;
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Check::default()));
    let take_steps = || -> db::Result<()> {
        let mut conn = open()?;
        database::set_cache(&mut conn, CACHE)?;
        while let Some(step) = steps.get(next.fetch_add(1, Ordering::Relaxed)) {
            let check = database::check::take(&mut conn, step)?;
            let mut found = found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            found.damage.extend(check.damage);
            found.broken_references += check.broken_references;
        }
        Ok(())
    };
    let check_all = || {
        thread::scope(|scope| {
            let checkers: Vec<_> = (0..CHECKERS).map(|_| scope.spawn(take_steps)).collect();
            let counted = database::rows(&mut conn);
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
        let only_indexes = database::check::is_only_about_indexes(&mut conn, &found.damage);
        return Err(damaged(found.damage, only_indexes));
    }
    let rows = counted.map_err(unreadable)?;
    let schema = database::schema_version(&mut conn).map_err(unreadable)?;
    Ok(Content { broken_references: found.broken_references, rows, schema })
}
