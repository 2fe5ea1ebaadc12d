//! Putting a backup in the place of what is there. Whoever calls holds the locks of `serve` and of migrations.
//!
//! On SQLite the new file is made ready and checked beside the old one. Then the old one's `-wal` and `-journal` are folded
//! into it, and it is held so that nobody can begin new ones; only then the new file takes its name. So at no moment the
//! new file stands beside a log of the old one, and whenever the process dies, one of the two is there whole.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::create::{BackupOptions, create_backup};
use super::error::{BackupError, FilePurpose};
use super::list::{BackupState, ListedBackup};
use super::manifest::{self, BackupArtifact, BackupReason, DatabaseKind};
use super::verify::{checked_bytes, is_about_the_archive, look_into, unpack};
use super::work::StagingDir;
use super::{Progress, files, postgres};
use crate::backup::database;
use crate::config::database::DatabaseUrl;
use crate::db::connection::{self, AnyConnection};
use crate::db::{self, time};
use crate::migrate;

/// Files that SQLite keeps beside a database.
const SIDES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A backup that was found good and waits to be put in its place.
#[derive(Debug)]
pub struct PreparedRestore {
    listed: ListedBackup,
    /// Every table of it with its number of rows.
    pub rows: BTreeMap<String, u64>,
    /// The newest migration in it; `None` in a database of the old bot.
    pub schema: Option<String>,
    /// What is there now.
    pub there: CurrentContents,
    ready: ReadyRestore,
}

/// What is in the database that a backup would replace.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CurrentContents {
    /// No database, or one without tables.
    Nothing,
    /// Every table with its number of rows.
    Rows(BTreeMap<String, u64>),
    /// A damaged SQLite file, and what SQLite says about it.
    Damaged(String),
}

#[derive(Debug)]
enum ReadyRestore {
    Sqlite { work: StagingDir, target: PathBuf },
    Postgres,
}

/// What was done.
#[derive(Debug)]
pub struct RestoreReport {
    /// The backup of what was there; `None` where there was nothing, or nothing that could be read.
    pub before: Option<BackupArtifact>,
    /// Where a database was put that was damaged, whether there is a backup of it or not.
    pub set_aside: Option<PathBuf>,
}

/// Unpacks and checks a backup for the database at `url`, and changes nothing of that.
///
/// # Errors
/// When it is not good, of the other kind of database or of a newer botctl, or cannot be unpacked.
pub fn prepare(
    url: &DatabaseUrl,
    listed: ListedBackup,
    progress: Progress<'_>,
) -> Result<PreparedRestore, BackupError> {
    let bad = |problems| BackupError::Invalid { path: listed.path.clone(), problems };
    if listed.state == BackupState::Newer {
        return Err(BackupError::Newer(listed.path));
    }
    // One that may not be looked at is there too.
    let has_manifest = manifest::path_of(&listed.path).try_exists().unwrap_or(true);
    if has_manifest && listed.state == BackupState::BadManifest && !is_archive(&listed.path) {
        return Err(BackupError::BadManifest(listed.path));
    }
    let mut problems = Vec::new();
    let checked = if has_manifest { checked_bytes(&listed, &mut problems, progress)? } else { None };
    if !problems.is_empty() {
        return Err(bad(problems));
    }
    if !has_manifest && let Some(side) = unfolded(&listed.path) {
        return Err(bad(vec![format!(
            "{} holds changes that are not in it yet: `sqlite3 {} 'PRAGMA journal_mode = DELETE'` brings them in",
            side.display(),
            listed.path.display()
        )]));
    }
    let by_name = || if is_archive(&listed.path) { DatabaseKind::Postgres } else { DatabaseKind::Sqlite };
    let backend = checked.map_or_else(by_name, |manifest| manifest.backend);
    match (url, backend, checked) {
        (DatabaseUrl::Sqlite(path), DatabaseKind::Sqlite, manifest) => {
            let file_of = |doing, path| BackupError::file_of(FilePurpose::Database, doing, path);
            let target = connection::real_path(path).map_err(file_of("find", path))?;
            let work = StagingDir::new(target.parent().unwrap_or(Path::new("/")), FilePurpose::Database)?;
            let file = work.file("restored");
            if let Err(error) = unpack(&listed, &file, progress) {
                if is_about_the_archive(&error) {
                    return Err(bad(vec![format!("it cannot be unpacked: {error}")]));
                }
                return Err(file_of("restore into", &file)(error));
            }
            let content = look_into(&file, progress);
            let problems = content.problems(manifest);
            if !problems.is_empty() {
                return Err(bad(problems));
            }
            match content.state {
                Some(migrate::SchemaState::Newer(_)) => return Err(BackupError::Newer(listed.path)),
                Some(migrate::SchemaState::Foreign | migrate::SchemaState::Empty) if manifest.is_none() => {
                    return Err(bad(vec!["it is a database of some other program".to_owned()]));
                }
                _ => {}
            }
            let there = there(url)?;
            let ready = ReadyRestore::Sqlite { work, target };
            Ok(PreparedRestore { listed, rows: content.rows, schema: content.schema, there, ready })
        }
        (DatabaseUrl::Postgres(_), DatabaseKind::Postgres, Some(manifest)) => {
            let (rows, schema) = (manifest.rows.clone(), manifest.schema.clone());
            match postgres::read_through(&listed.path) {
                Err(BackupError::Client { said, .. }) => {
                    return Err(bad(vec![format!("it cannot be read: {said}")]));
                }
                read => read?,
            }
            let mut conn = connection::open_connection(url)?;
            postgres::replaceable(url, &mut conn)?;
            let known = migrate::list_migrations(&mut conn)?;
            let is_known = |version: &String| {
                known.iter().any(|entry| entry.version == *version && entry.name.is_some())
            };
            if !schema.as_ref().is_none_or(is_known) {
                return Err(BackupError::Newer(listed.path));
            }
            Ok(PreparedRestore { listed, rows, schema, there: there(url)?, ready: ReadyRestore::Postgres })
        }
        (DatabaseUrl::Postgres(_), DatabaseKind::Postgres, None) => Err(bad(vec![
            "it has no manifest beside it, so nobody knows what should come out of it".to_owned(),
        ])),
        _ => Err(BackupError::WrongKind { path: listed.path, database: url.to_string() }),
    }
}

fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "dump")
}

/// What a database that somebody copied has beside it and cannot be read without.
fn unfolded(database: &Path) -> Option<PathBuf> {
    let sides =
        ["-wal", "-journal"].into_iter().filter_map(|ending| connection::sidecar_path(database, ending).ok());
    sides.into_iter().find(|side| fs::metadata(side).is_ok_and(|file| file.len() > 0))
}

/// What is in the database now. Only a damaged file is a reason to go on without knowing: what cannot be read for any
/// other reason may be all that there is.
fn there(url: &DatabaseUrl) -> Result<CurrentContents, BackupError> {
    let look = || -> db::Result<BTreeMap<String, u64>> {
        let mut conn = connection::open_connection(url)?;
        database::take_time(&mut conn)?;
        database::rows(&mut conn)
    };
    let looked = match url {
        DatabaseUrl::Sqlite(path) if !path.exists() => return Ok(CurrentContents::Nothing),
        DatabaseUrl::Sqlite(path) => look().map_err(|error| BackupError::reading(path, error)),
        DatabaseUrl::Postgres(_) => look().map_err(BackupError::Database),
    };
    match looked {
        Ok(rows) if rows.is_empty() => Ok(CurrentContents::Nothing),
        Ok(rows) => Ok(CurrentContents::Rows(rows)),
        Err(BackupError::Damaged { damage, .. }) => Ok(CurrentContents::Damaged(damage.join("; "))),
        Err(error) => Err(error),
    }
}

/// The backup of what is about to be replaced; `None` where there is nothing.
fn backup_of(
    url: &DatabaseUrl,
    dir: &Path,
    progress: Progress<'_>,
) -> Result<Option<BackupArtifact>, BackupError> {
    let options = BackupOptions { dir: dir.to_owned(), reason: BackupReason::BeforeRestore, compress: false };
    match create_backup(url, &options, progress) {
        Ok(made) => Ok(Some(made)),
        Err(BackupError::NoDatabase(_) | BackupError::Empty(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

impl PreparedRestore {
    /// The name of the artifact.
    #[must_use]
    pub fn name(&self) -> String {
        self.listed.name()
    }

    /// Makes a backup of what is there, in `dir`, and puts this one in its place.
    ///
    /// # Errors
    /// Why what was there is still there.
    pub fn put(
        self,
        url: &DatabaseUrl,
        dir: &Path,
        progress: Progress<'_>,
    ) -> Result<RestoreReport, BackupError> {
        match (&self.ready, url) {
            (ReadyRestore::Sqlite { work, target }, DatabaseUrl::Sqlite(_)) => {
                let watch = target.exists().then(|| WriteWatch::begin(target));
                let new = work.file("restored");
                match backup_of(url, dir, progress) {
                    Ok(before) => {
                        let was_damaged =
                            before.as_ref().is_some_and(|made| !made.manifest.repaired.is_empty());
                        let set_aside = was_damaged.then(|| aside(target));
                        replace(&new, target, watch, set_aside.as_deref())?;
                        Ok(RestoreReport { before, set_aside })
                    }
                    // There can be no backup because of the state of the database, and not because of the disk or a lock.
                    Err(BackupError::Damaged { .. }) => {
                        drop(watch);
                        replace_damaged(&new, target)
                            .map(|aside| RestoreReport { before: None, set_aside: Some(aside) })
                    }
                    Err(error) => Err(error),
                }
            }
            (ReadyRestore::Postgres, DatabaseUrl::Postgres(secret)) => {
                let before = backup_of(url, dir, progress)?;
                postgres::replace(secret, &self.listed.path, &self.rows, progress)?;
                Ok(RestoreReport { before, set_aside: None })
            }
            _ => Err(BackupError::WrongKind { path: self.listed.path, database: url.to_string() }),
        }
    }
}

/// Sees whether anybody writes to a database from the moment on at which its backup is begun.
struct WriteWatch {
    conn: AnyConnection,
    version: u64,
}

impl WriteWatch {
    fn begin(target: &Path) -> Result<Self, BackupError> {
        let mut conn = connection::open_connection(&DatabaseUrl::Sqlite(target.to_owned()))?;
        connection::allow_writing(&mut conn)?;
        let version = database::data_version(&mut conn)?;
        Ok(Self { conn, version })
    }

    /// Keeps everybody away for as long as the connection lives.
    fn hold(mut self, target: &Path) -> Result<AnyConnection, BackupError> {
        let in_use = || BackupError::InUse(target.to_owned());
        // What was written since is in no backup.
        if database::data_version(&mut self.conn)? != self.version {
            return Err(in_use());
        }
        database::pages::fold_into_one_file(&mut self.conn).map_err(|_| in_use())?;
        Ok(self.conn)
    }
}

/// Gives the checked file the name of the database, and the old one the name `keep` if it is to be kept.
fn replace(
    new: &Path,
    target: &Path,
    watch: Option<Result<WriteWatch, BackupError>>,
    keep: Option<&Path>,
) -> Result<(), BackupError> {
    let file_of = |doing, path| BackupError::file_of(FilePurpose::Database, doing, path);
    let held = if let Some(watch) = watch {
        let conn = watch?.hold(target)?;
        take_after(new, target).map_err(file_of("set owner and mode of", new))?;
        if let Some(aside) = keep {
            also_name(target, aside).map_err(file_of("keep a copy of", target))?;
        }
        Some(conn)
    } else {
        // The log of a database that is gone must not be taken for the new one's.
        let aside = aside(target);
        move_sides(target, &aside).map_err(file_of("set aside what is beside", target))?;
        files::give_to_owner(new, &fs::metadata(folder_of(target)).map_err(file_of("find", target))?);
        None::<AnyConnection>
    };
    let placed = fs::rename(new, target).and_then(|()| files::sync_folder(folder_of(target)));
    drop(held);
    placed.map_err(file_of("replace", target))
}

/// The same where the old file cannot be read: it is kept under another name, for whoever wants to save something of it.
fn replace_damaged(new: &Path, target: &Path) -> Result<PathBuf, BackupError> {
    let aside = aside(target);
    let replace = || -> io::Result<()> {
        take_after(new, target)?;
        also_name(target, &aside)?;
        move_sides(target, &aside)?;
        fs::rename(new, target)?;
        files::sync_folder(folder_of(target))
    };
    replace().map_err(BackupError::file_of(FilePurpose::Database, "replace", target))?;
    Ok(aside)
}

/// A second name for a file, or a copy where the disk knows no second names.
fn also_name(file: &Path, name: &Path) -> io::Result<()> {
    fs::hard_link(file, name).or_else(|_| fs::copy(file, name).map(drop))
}

fn aside(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(time::now().format(".before-restore-%Y-%m-%d_%H-%M-%S%.6f").to_string());
    PathBuf::from(name)
}

/// Moves what stands beside a database to another name, on the disk when it returns.
fn move_sides(target: &Path, aside: &Path) -> io::Result<()> {
    let with = |path: &Path, side: &str| {
        let mut name = OsString::from(path);
        name.push(side);
        PathBuf::from(name)
    };
    for side in SIDES {
        match fs::rename(with(target, side), with(aside, side)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    files::sync_folder(folder_of(target))
}

/// Mode and owner of the old file for the new one.
fn take_after(new: &Path, old: &Path) -> io::Result<()> {
    let old = fs::metadata(old)?;
    let now = fs::metadata(new)?;
    if (now.uid(), now.gid()) != (old.uid(), old.gid()) {
        std::os::unix::fs::chown(new, Some(old.uid()), Some(old.gid()))?;
    }
    fs::set_permissions(new, fs::Permissions::from_mode(old.mode() & 0o777))?;
    files::sync(new)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}
