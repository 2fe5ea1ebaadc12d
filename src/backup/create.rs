//! Making a backup.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::error::{BackupError, FilePurpose};
use super::list::{ENDINGS, PREFIX};
use super::manifest::{self, BackupArtifact, BackupManifest, BackupReason, DatabaseKind, FORMAT};
use super::work::{self, StagingDir};
use super::{Progress, files, postgres, source, sqlite};
use crate::config::database::DatabaseUrl;
use crate::db::time;

/// zstd's own default, which is about as fast as the disk.
const LEVEL: i32 = 3;

/// What backup to make.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BackupOptions {
    /// The folder that it goes to; made if it is not there.
    pub dir: PathBuf,
    /// Why it is made.
    pub reason: BackupReason,
    /// Whether to compress it with zstd. The archive of `pg_dump` is compressed anyway.
    pub compress: bool,
}

/// A copy that is checked and on the disk.
pub(super) struct Copied {
    pub(super) rows: BTreeMap<String, u64>,
    pub(super) schema: Option<String>,
    pub(super) broken_references: u64,
    pub(super) size: u64,
    pub(super) sha256: String,
    /// See [`BackupManifest::repaired`].
    pub(super) repaired: Vec<String>,
}

/// Makes a backup of any database of either kind, beside whoever uses it, and checks it. Removes no older ones.
///
/// When it returns, the backup is on the disk under its name; before, nothing is there under that name. Another run on the
/// same folder is waited for.
///
/// # Errors
/// Why there is no backup; then nothing is left of it.
pub fn create_backup(
    url: &DatabaseUrl,
    options: &BackupOptions,
    progress: Progress<'_>,
) -> Result<BackupArtifact, BackupError> {
    if let DatabaseUrl::Sqlite(path) = url
        && !path.exists()
    {
        return Err(BackupError::NoDatabase(path.clone()));
    }
    // What a restore that died left there is of no use to anybody; where it cannot be removed, it stays.
    let _cleared = work::remove_stale_staging_beside(url);
    make_folder(&options.dir).map_err(BackupError::file("make the folder", &options.dir))?;
    let _lock = work::lock(&options.dir, &mut || progress("waiting for another run", 0, 1))?;
    let work = StagingDir::new(&options.dir, FilePurpose::Backup)?;
    let created_at = time::now();
    let plain = work.file("copy");
    let (backend, mut copied) = match url {
        DatabaseUrl::Sqlite(path) => (DatabaseKind::Sqlite, sqlite::copy(path, &plain, progress)?),
        DatabaseUrl::Postgres(secret) => (DatabaseKind::Postgres, postgres::copy(secret, &plain, progress)?),
    };
    // The file of a database that somebody emptied is no backup, and must not take the place of one.
    if copied.rows.is_empty() {
        return Err(BackupError::Empty(url.to_string()));
    }
    let (ready, ending, compressed) = match backend {
        DatabaseKind::Postgres => (plain, ".dump", false),
        DatabaseKind::Sqlite if !options.compress => (plain, ".db", false),
        DatabaseKind::Sqlite => {
            let packed = work.file("packed");
            (copied.size, copied.sha256) =
                pack(&plain, &packed, &copied, progress).map_err(BackupError::file("write", &packed))?;
            (packed, ".db.zst", true)
        }
    };
    let manifest = BackupManifest {
        format: FORMAT,
        created_at,
        reason: options.reason,
        backend,
        database: source::name(url),
        schema: copied.schema,
        rows: copied.rows,
        broken_references: copied.broken_references,
        repaired: copied.repaired,
        size: copied.size,
        sha256: copied.sha256,
        compressed,
        botctl: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let path = free_name(&options.dir, created_at, ending);
    publish(&work, &ready, &path, &manifest)?;
    Ok(BackupArtifact { path, manifest })
}

/// Makes the backup folder, and those that it is in, for this user only, or for whose folder they are made in.
fn make_folder(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folder(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => files::give_to_owner_of_folder(dir),
        // Another run was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Compresses a checked copy, and makes sure that the same comes out again.
fn pack(plain: &Path, packed: &Path, copied: &Copied, progress: Progress<'_>) -> io::Result<(u64, String)> {
    let mut encoder = zstd::Encoder::new(File::create_new(packed)?, LEVEL)?;
    encoder.include_checksum(true)?;
    let mut told = |done| progress("compressing", done, copied.size);
    files::copy_hashed(&mut File::open(plain)?, &mut encoder, &mut told)?;
    encoder.finish()?.sync_all()?;
    files::make_private(packed)?;
    let mut decoder = zstd::Decoder::new(File::open(packed)?)?;
    let mut told = |done| progress("checking", done, copied.size);
    let (_, sha256) = files::copy_hashed(&mut decoder, &mut io::sink(), &mut told)?;
    if sha256 != copied.sha256 {
        return Err(io::Error::other("what was compressed does not come out again"));
    }
    files::hash(packed, &mut |_| {})
}

/// A name by the time, in UTC, that no other backup has whatever its kind.
fn free_name(dir: &Path, created_at: DateTime<Utc>, ending: &str) -> PathBuf {
    let stem = format!("{PREFIX}{}", created_at.format("%Y-%m-%d_%H-%M-%S"));
    let is_taken = |stem: &str| {
        ENDINGS.iter().any(|ending| {
            let path = dir.join(format!("{stem}{ending}"));
            path.exists() || manifest::path_of(&path).exists()
        })
    };
    let numbered = (2_u32..).map(|number| format!("{stem}_{number}"));
    let free = std::iter::once(stem.clone()).chain(numbered).find(|stem| !is_taken(stem));
    dir.join(format!("{}{ending}", free.unwrap_or(stem)))
}

/// Puts a finished copy and its manifest into their places, the manifest last: without it the artifact does not count.
fn publish(
    work: &StagingDir,
    ready: &Path,
    path: &Path,
    manifest: &BackupManifest,
) -> Result<(), BackupError> {
    let final_manifest = manifest::path_of(path);
    // Under its final name, so that whoever clears up after a crash knows where it belongs.
    let written = work.file(&final_manifest.file_name().unwrap_or_default().to_string_lossy());
    let folder = path.parent().unwrap_or(path);
    let write = || -> io::Result<()> {
        let text = serde_json::to_vec_pretty(manifest)?;
        let mut file = File::create_new(&written)?;
        file.write_all(&text)?;
        files::make_private(&written)?;
        file.sync_all()?;
        // Of the backup folder, not of the work folder.
        files::give_to_owner(ready, &folder.metadata()?);
        files::give_to_owner(&written, &folder.metadata()?);
        Ok(())
    };
    write().map_err(BackupError::file("write", &written))?;
    let place = || -> io::Result<()> {
        files::sync_folder(written.parent().unwrap_or(folder))?;
        fs::rename(ready, path)?;
        // Between the two, so that no order in which the disk keeps them makes a manifest without its artifact.
        files::sync_folder(folder)?;
        fs::rename(&written, &final_manifest)?;
        files::sync_folder(folder)
    };
    let placed = place().map_err(BackupError::file("write", path));
    if placed.is_err() {
        let _removed = (fs::remove_file(&final_manifest), fs::remove_file(path));
    }
    placed
}
