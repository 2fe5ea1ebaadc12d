//! The copy of a SQLite database.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::contents;
use super::error::{BackupError, FilePurpose};
use super::files::{self, Progress};
use super::integrity::{self, CheckDepth, Inspection, inspect_database};
use super::manifest::DatabaseCopy;
use crate::config::database::DatabaseUrl;
use crate::db;
use crate::db::connection::{self, AnyConnection, on_each};
use crate::db::sql::query_number;

const LOCK_TIMEOUT: Duration = Duration::from_secs(10);
/// For the upper pages of some indexes: the full check looks into each for every row.
const CHECK_CACHE_KIB: u32 = 4096;

/// Copies the database at `source` into the new file `copy` with `VACUUM INTO` while other connections write, and checks
/// both. The copy is on the disk when this returns.
///
/// `VACUUM INTO` reads only pages that belong to a table or an index. Damage elsewhere does not reach the copy, and a
/// backup is never needed more than then; any other damage may cost rows, and a copy without them would look intact.
pub(super) fn copy_database(
    source: &Path,
    copy: &Path,
    progress: Progress<'_>,
) -> Result<DatabaseCopy, BackupError> {
    let file = SourceFile::open(source)?;
    let reading = |error| BackupError::reading(source, error);
    let mut reader = file.connect().map_err(reading)?;
    let version = data_version(&mut reader).map_err(reading)?;
    on_each!(&mut reader, |c| c.batch_execute(&format!("PRAGMA cache_size = -{CHECK_CACHE_KIB}")))
        .map_err(|error| reading(error.into()))?;
    let (inspected, checked) = inspect_and_copy(&file, &mut reader, copy, progress);
    let original = inspected.map_err(reading)?;
    if !original.damage.iter().all(|line| integrity::is_outside_of_rows(line)) {
        let only_indexes = integrity::is_only_in_indexes(&mut reader, &original.damage);
        let database = source.display().to_string();
        return Err(BackupError::Damaged { database, damage: original.damage, only_indexes });
    }
    let checked = checked.map_err(|error| match error {
        // The check has read the source to its end, so a full or failing disk is that of the copy.
        BackupError::Database(error) if error.is_disk_failure() => {
            BackupError::file("write", copy)(io::Error::other(error.to_string()))
        }
        BackupError::Database(error) => reading(error),
        other => other,
    })?;
    file.expect_unchanged()?;
    let is_unchanged = data_version(&mut reader).map_err(reading)? == version;
    checked.expect_like(is_unchanged.then_some(&original))?;
    let CheckedCopy { contents: Inspection { rows, schema, broken_references, .. }, size, sha256 } = checked;
    Ok(DatabaseCopy {
        rows,
        schema,
        broken_references,
        size,
        sha256,
        repaired: original.damage,
        left_out: Vec::new(),
    })
}

/// Checks the source with `reader`. The copy is made and checked meanwhile, which takes about as long.
fn inspect_and_copy(
    source: &SourceFile<'_>,
    reader: &mut AnyConnection,
    copy: &Path,
    progress: Progress<'_>,
) -> (db::Result<Inspection>, Result<CheckedCopy, BackupError>) {
    let is_copied = AtomicBool::new(false);
    let work = || {
        thread::scope(|scope| {
            let inspecting = scope.spawn(|| inspect_database(reader, CheckDepth::Full));
            let vacuumed = source.vacuum_into(copy);
            is_copied.store(true, Ordering::Relaxed);
            let checked = vacuumed.map_err(BackupError::from).and_then(|()| check_copy(copy));
            (join(inspecting), checked)
        })
    };
    let total = fs::metadata(source.path).map_or(1, |file| file.len());
    files::run_with_ticks(work, || {
        if is_copied.load(Ordering::Relaxed) {
            return progress("checking", 0, 1);
        }
        // Little by little: commits of the bot would have to wait behind one large write at the end.
        let length = File::open(copy).and_then(|copy| copy.sync_data().and(copy.metadata()));
        progress("copying", length.map_or(0, |copy| copy.len().min(total)), total);
    })
}

/// Writes the database into a new SQLite file. The connection must be [allowed to write](connection::allow_writing),
/// although its own database does not change.
pub(crate) fn vacuum_into(conn: &mut AnyConnection, file: &Path) -> db::Result<()> {
    let AnyConnection::Sqlite(c) = conn else {
        return Err(db::Error::Connect("only a SQLite database can be copied into a file".to_owned()));
    };
    let path = file.to_str().ok_or_else(|| {
        db::Error::Connect(format!("{} is not UTF-8, which SQLite requires of a path", file.display()))
    })?;
    diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(path).execute(c)?;
    Ok(())
}

/// Moves the `-wal` or `-journal` beside the file into the file and removes it: afterwards the file alone is the whole
/// database, and no other connection can write to it while this one lives. Fails when others have the database open.
pub(super) fn checkpoint_wal(conn: &mut AnyConnection) -> db::Result<()> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        journal_mode: String,
    }
    let AnyConnection::Sqlite(c) = conn else { return Ok(()) };
    let row: Row = diesel::sql_query("PRAGMA journal_mode = DELETE").get_result(c)?;
    if row.journal_mode != "delete" {
        return Err(db::Error::Connect("the database is locked".to_owned()));
    }
    Ok(c.batch_execute("BEGIN EXCLUSIVE")?)
}

/// Returns a number that changes as soon as another connection has changed the database.
pub(super) fn data_version(conn: &mut AnyConnection) -> db::Result<i64> {
    query_number(conn, "SELECT data_version AS number FROM pragma_data_version")
}

/// The database that is copied.
struct SourceFile<'a> {
    path: &'a Path,
    /// Length and time of a file that is read without locks, by which a change is noticed.
    unlocked: Option<(u64, SystemTime)>,
}

impl<'a> SourceFile<'a> {
    /// Opens it. A database in WAL mode needs files beside it even to be read. Where they cannot be created (a disk mounted
    /// read-only) and no process uses it, the file is read as it is.
    fn open(path: &'a Path) -> Result<Self, BackupError> {
        let read = |source: &Self| source.connect().and_then(|mut conn| contents::schema_version(&mut conn));
        let source = Self { path, unlocked: None };
        let Err(error) = read(&source) else { return Ok(source) };
        if !error.to_string().contains("unable to open database file") || File::open(path).is_err() {
            return Err(BackupError::reading(path, error));
        }
        let sidecar = connection::sidecar_path(path, "-wal").map_err(BackupError::file_of(
            FilePurpose::Database,
            "find",
            path,
        ))?;
        if sidecar.exists() {
            return Err(BackupError::ReadOnly { database: path.to_owned(), sidecar });
        }
        let source = Self { path, unlocked: Some(length_and_time(path)?) };
        read(&source).map_err(|error| BackupError::reading(path, error))?;
        Ok(source)
    }

    fn connect(&self) -> db::Result<AnyConnection> {
        let url = DatabaseUrl::Sqlite(self.path.to_owned());
        match self.unlocked {
            None => connection::open_connection(&url),
            Some(_) => connection::open_read_only(&url, LOCK_TIMEOUT)?.ok_or_else(|| {
                db::Error::Connect(format!("there is no database at {}", self.path.display()))
            }),
        }
    }

    fn vacuum_into(&self, copy: &Path) -> db::Result<()> {
        let mut conn = self.connect()?;
        connection::allow_writing(&mut conn)?;
        // The copy is synced while it is checked.
        on_each!(&mut conn, |c| c.batch_execute("PRAGMA synchronous = OFF"))?;
        let copied = vacuum_into(&mut conn, copy);
        // The last connection that closes moves the write-ahead log into the database.
        on_each!(&mut conn, |c| c.batch_execute("PRAGMA synchronous = FULL"))?;
        copied
    }

    fn expect_unchanged(&self) -> Result<(), BackupError> {
        match self.unlocked {
            Some(before) if length_and_time(self.path)? != before => {
                Err(BackupError::InUse(self.path.to_owned()))
            }
            _ => Ok(()),
        }
    }
}

fn length_and_time(path: &Path) -> Result<(u64, SystemTime), BackupError> {
    let read = || fs::metadata(path).and_then(|file| Ok((file.len(), file.modified()?)));
    read().map_err(BackupError::file_of(FilePurpose::Database, "read", path))
}

struct CheckedCopy {
    contents: Inspection,
    size: u64,
    sha256: String,
}

/// Syncs, hashes and checks a copy.
///
/// The full check of the source is that of the copy's indexes too, because `VACUUM INTO` copies their entries as they are.
/// The quick one finds what went wrong in writing and storing the copy.
fn check_copy(copy: &Path) -> Result<CheckedCopy, BackupError> {
    let url = DatabaseUrl::Sqlite(copy.to_owned());
    let inspect = || {
        let mut conn = connection::open_connection(&url)?;
        inspect_database(&mut conn, CheckDepth::Quick)
    };
    let (inspected, hashed) = thread::scope(|scope| {
        let inspecting = scope.spawn(inspect);
        let hashed = files::make_private(copy)
            .and_then(|()| files::sync_file(copy))
            .and_then(|()| files::hash_file(copy, &mut |_| {}));
        (join(inspecting), hashed)
    });
    let (size, sha256) = hashed.map_err(BackupError::file("write", copy))?;
    let contents = inspected.map_err(|error| BackupError::BadCopy(vec![error.to_string()]))?;
    Ok(CheckedCopy { contents, size, sha256 })
}

impl CheckedCopy {
    /// Fails when it is damaged, or not like an `original` that did not change meanwhile.
    fn expect_like(&self, original: Option<&Inspection>) -> Result<(), BackupError> {
        let mut problems = self.contents.damage.clone();
        if let Some(original) = original.filter(|_| problems.is_empty()) {
            problems = self.contents.differences_from(original);
        }
        if problems.is_empty() { Ok(()) } else { Err(BackupError::BadCopy(problems)) }
    }
}

fn join<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    /// Returns a folder with a database `bot.db` of 500 rows in many pages and its copy `copy.db`.
    fn copied_database() -> (tempfile::TempDir, Inspection) {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("bot.db");
        let mut conn = connection::open_connection(&DatabaseUrl::Sqlite(source)).unwrap();
        let fill = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
             INSERT INTO notes (text) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
             SELECT hex(randomblob(100)) FROM n";
        connection::allow_writing(&mut conn).unwrap();
        on_each!(&mut conn, |c| c.batch_execute(fill)).unwrap();
        vacuum_into(&mut conn, &folder.path().join("copy.db")).unwrap();
        let original = inspect_database(&mut conn, CheckDepth::Full).unwrap();
        (folder, original)
    }

    #[test]
    fn copy_with_a_damaged_page_is_refused() {
        let (folder, original) = copied_database();
        let copy = folder.path().join("copy.db");
        check_copy(&copy).unwrap().expect_like(Some(&original)).unwrap();
        let mut bytes = fs::read(&copy).unwrap();
        let last_page = bytes.len() - 4096;
        bytes[last_page..last_page + 8].fill(0);
        fs::write(&copy, bytes).unwrap();
        let refused = check_copy(&copy).and_then(|checked| checked.expect_like(None));
        assert!(matches!(refused, Err(BackupError::BadCopy(_))), "{refused:?}");
    }

    #[test]
    fn copy_that_lacks_rows_is_refused() {
        let (folder, original) = copied_database();
        let copy = folder.path().join("copy.db");
        let mut conn = connection::open_connection(&DatabaseUrl::Sqlite(copy.clone())).unwrap();
        connection::allow_writing(&mut conn).unwrap();
        on_each!(&mut conn, |c| c.batch_execute("DELETE FROM notes WHERE id = 7")).unwrap();
        drop(conn);
        let refused = check_copy(&copy).unwrap().expect_like(Some(&original)).unwrap_err().to_string();
        assert!(refused.ends_with("notes: 499 rows instead of 500 rows"), "{refused}");
    }
}
