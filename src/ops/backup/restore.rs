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

use super::create::{Create, create};
use super::error::BackupError;
use super::list::{Listed, State};
use super::manifest::{self, Artifact, Backend, Reason};
use super::verify::{checked_bytes, look_into, unpack};
use super::work::Work;
use super::{Progress, files, postgres};
use crate::config::database::DatabaseUrl;
use crate::db::connection::{self, AnyConnection};
use crate::db::migrate;
use crate::db::{backup, time};

/// Files that SQLite keeps beside a database.
const SIDES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A backup that was found good and waits to be put in its place.
#[derive(Debug)]
pub struct Prepared {
    listed: Listed,
    /// Every table of it with its number of rows.
    pub rows: BTreeMap<String, u64>,
    /// The newest migration in it; `None` in a database of the old bot.
    pub schema: Option<String>,
    /// What is there now; `None` where there is nothing, or nothing that can be read.
    pub there: Option<BTreeMap<String, u64>>,
    ready: Ready,
}

#[derive(Debug)]
enum Ready {
    Sqlite { work: Work, target: PathBuf },
    Postgres,
}

/// What was done.
#[derive(Debug)]
pub struct Restored {
    /// The backup of what was there; `None` where there was nothing, or nothing that could be read.
    pub before: Option<Artifact>,
    /// Where a database was put that was too damaged for a backup.
    pub set_aside: Option<PathBuf>,
}

/// Unpacks and checks a backup for the database at `url`, and changes nothing of that.
///
/// # Errors
/// When it is not good, of the other kind of database or of a newer botctl, or cannot be unpacked.
pub fn prepare(url: &DatabaseUrl, listed: Listed, progress: Progress<'_>) -> Result<Prepared, BackupError> {
    files::outlive_file_limit();
    let bad = |problems| BackupError::Bad { path: listed.path.clone(), problems };
    if listed.state == State::Newer {
        return Err(BackupError::Newer(listed.path));
    }
    let has_manifest = manifest::path_of(&listed.path).exists();
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
    let is_archive = listed.path.extension().is_some_and(|end| end == "dump");
    let backend = checked.map_or(if is_archive { Backend::Postgres } else { Backend::Sqlite }, |m| m.backend);
    match (url, backend, checked) {
        (DatabaseUrl::Sqlite(path), Backend::Sqlite, manifest) => {
            let target = connection::real_path(path).map_err(BackupError::file("find", path))?;
            let work = Work::new(target.parent().unwrap_or(Path::new("/")))?;
            let file = work.file("restored");
            unpack(&listed, &file, progress).map_err(BackupError::file("restore into", &file))?;
            let content = look_into(&file, progress);
            let problems = content.problems(manifest);
            if !problems.is_empty() {
                return Err(bad(problems));
            }
            match content.state {
                Some(migrate::State::Newer(_)) => return Err(BackupError::Newer(listed.path)),
                Some(migrate::State::Foreign | migrate::State::Empty) if manifest.is_none() => {
                    return Err(bad(vec!["it is a database of some other program".to_owned()]));
                }
                _ => {}
            }
            let there = there(url);
            let ready = Ready::Sqlite { work, target };
            Ok(Prepared { listed, rows: content.rows, schema: content.schema, there, ready })
        }
        (DatabaseUrl::Postgres(_), Backend::Postgres, Some(manifest)) => {
            let (rows, schema) = (manifest.rows.clone(), manifest.schema.clone());
            postgres::read_through(&listed.path)?;
            let mut conn = connection::open(url)?;
            let known = migrate::list(&mut conn)?;
            let is_known = |version: &String| {
                known.iter().any(|entry| entry.version == *version && entry.name.is_some())
            };
            if !schema.as_ref().is_none_or(is_known) {
                return Err(BackupError::Newer(listed.path));
            }
            Ok(Prepared { listed, rows, schema, there: there(url), ready: Ready::Postgres })
        }
        (DatabaseUrl::Postgres(_), Backend::Postgres, None) => Err(bad(vec![
            "it has no manifest beside it, so nobody knows what should come out of it".to_owned(),
        ])),
        _ => Err(BackupError::OtherKind { path: listed.path, database: url.to_string() }),
    }
}

/// What a database that somebody copied has beside it and cannot be read without.
fn unfolded(database: &Path) -> Option<PathBuf> {
    let sides = ["-wal", "-journal"].into_iter().filter_map(|ending| connection::side(database, ending).ok());
    sides.into_iter().find(|side| fs::metadata(side).is_ok_and(|file| file.len() > 0))
}

/// What is in the database now; `None` where there is nothing, or nothing that can be read.
fn there(url: &DatabaseUrl) -> Option<BTreeMap<String, u64>> {
    if let DatabaseUrl::Sqlite(path) = url
        && !path.exists()
    {
        return None;
    }
    let mut conn = connection::open(url).ok()?;
    backup::rows(&mut conn).ok().filter(|rows| !rows.is_empty())
}

impl Prepared {
    /// The name of the artifact.
    #[must_use]
    pub fn name(&self) -> String {
        self.listed.name()
    }

    /// Makes a backup of what is there, in `dir`, and puts this one in its place.
    ///
    /// # Errors
    /// Why what was there is still there.
    pub fn put(self, url: &DatabaseUrl, dir: &Path, progress: Progress<'_>) -> Result<Restored, BackupError> {
        let options = Create { dir: dir.to_owned(), reason: Reason::BeforeRestore, compress: false };
        match (&self.ready, url) {
            (Ready::Sqlite { work, target }, DatabaseUrl::Sqlite(_)) => {
                let is_something = fs::metadata(target).is_ok_and(|file| file.len() > 0);
                let watch = target.exists().then(|| Watch::begin(target));
                let before = match is_something.then(|| create(url, &options, progress)).transpose() {
                    Ok(before) => Ok(before),
                    Err(error) if is_beyond_backup(&error) => Err(()),
                    Err(error) => return Err(error),
                };
                let new = work.file("restored");
                match before {
                    Ok(before) => replace(&new, target, watch).map(|()| Restored { before, set_aside: None }),
                    Err(()) => replace_damaged(&new, target)
                        .map(|aside| Restored { before: None, set_aside: Some(aside) }),
                }
            }
            (Ready::Postgres, DatabaseUrl::Postgres(secret)) => {
                let before = self.there.as_ref().map(|_| create(url, &options, progress)).transpose()?;
                postgres::replace(secret, &self.listed.path, &self.rows, progress)?;
                Ok(Restored { before, set_aside: None })
            }
            _ => Err(BackupError::OtherKind { path: self.listed.path, database: url.to_string() }),
        }
    }
}

/// Whether there can be no backup because of the state of the database, and not because of the disk or a lock.
fn is_beyond_backup(error: &BackupError) -> bool {
    match error {
        BackupError::Damaged { .. } => true,
        BackupError::Database(error) => error.is_damage(),
        _ => false,
    }
}

/// Sees whether anybody writes to a database from the moment on at which its backup is begun.
struct Watch {
    conn: AnyConnection,
    version: u64,
}

impl Watch {
    fn begin(target: &Path) -> Result<Self, BackupError> {
        let mut conn = connection::open(&DatabaseUrl::Sqlite(target.to_owned()))?;
        connection::allow_writing(&mut conn)?;
        let version = backup::data_version(&mut conn)?;
        Ok(Self { conn, version })
    }

    /// Keeps everybody away for as long as the connection lives.
    fn hold(mut self, target: &Path) -> Result<AnyConnection, BackupError> {
        let in_use = || BackupError::InUse(target.to_owned());
        // What was written since is in no backup.
        if backup::data_version(&mut self.conn)? != self.version {
            return Err(in_use());
        }
        backup::fold_into_one_file(&mut self.conn).map_err(|_| in_use())?;
        Ok(self.conn)
    }
}

/// Gives the checked file the name of the database.
fn replace(new: &Path, target: &Path, watch: Option<Result<Watch, BackupError>>) -> Result<(), BackupError> {
    let held = if let Some(watch) = watch {
        let conn = watch?.hold(target)?;
        take_after(new, target).map_err(BackupError::file("set owner and mode of", new))?;
        Some(conn)
    } else {
        // The log of a database that is gone must not be taken for the new one's.
        let aside = aside(target);
        move_sides(target, &aside).map_err(BackupError::file("set aside what is beside", target))?;
        None::<AnyConnection>
    };
    let placed = fs::rename(new, target).and_then(|()| files::sync_folder(folder_of(target)));
    drop(held);
    placed.map_err(BackupError::file("replace", target))
}

/// The same where the old file cannot be read: it is kept under another name, for whoever wants to save something of it.
fn replace_damaged(new: &Path, target: &Path) -> Result<PathBuf, BackupError> {
    let aside = aside(target);
    let replace = || -> io::Result<()> {
        take_after(new, target)?;
        fs::hard_link(target, &aside).or_else(|_| fs::copy(target, &aside).map(drop))?;
        move_sides(target, &aside)?;
        fs::rename(new, target)?;
        files::sync_folder(folder_of(target))
    };
    replace().map_err(BackupError::file("replace", target))?;
    Ok(aside)
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
