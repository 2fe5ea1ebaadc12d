//! Creating a backup.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::error::{BackupError, FilePurpose};
use super::files::{self, Progress};
use super::list::{ENDINGS, PREFIX};
use super::manifest::{
    BackupArtifact, BackupManifest, BackupReason, DatabaseCopy, DatabaseKind, FORMAT, manifest_path,
};
use super::staging::{self, StagingDir};
use super::{identity, postgres, sqlite};
use crate::config::database::DatabaseUrl;
use crate::db::time;

/// zstd's own default, which is about as fast as the disk.
const ZSTD_LEVEL: i32 = 3;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct BackupOptions {
    /// The backup folder; created if missing.
    pub(crate) dir: PathBuf,
    pub(crate) reason: BackupReason,
    /// Whether to compress with zstd. An archive of `pg_dump` is always compressed.
    pub(crate) compress: bool,
}

/// Creates and checks a backup of a database of either kind while others use it. Removes no older ones.
///
/// When it returns, the backup is on the disk under its name; until then, and after an error, there is nothing under that
/// name. Waits for another run on the same folder.
pub(crate) fn create_backup(
    url: &DatabaseUrl,
    options: &BackupOptions,
    progress: Progress<'_>,
) -> Result<BackupArtifact, BackupError> {
    if let DatabaseUrl::Sqlite(path) = url
        && !path.exists()
    {
        return Err(BackupError::NoDatabase(path.clone()));
    }
    // Left by a restore that was killed; where it cannot be removed, it stays.
    let _may_fail = staging::remove_stale_staging_beside(url);
    create_private_dir(&options.dir).map_err(BackupError::file("create the directory", &options.dir))?;
    let _lock = staging::lock_backup_dir(&options.dir, &mut || progress("waiting for another run", 0, 1))?;
    let staging = StagingDir::create_in(&options.dir, FilePurpose::Backup)?;
    let created_at = time::now();
    let plain = staging.file("copy");
    let (backend, mut copy) = match url {
        DatabaseUrl::Sqlite(path) => (DatabaseKind::Sqlite, sqlite::copy_database(path, &plain, progress)?),
        DatabaseUrl::Postgres(secret) => {
            (DatabaseKind::Postgres, postgres::dump_database(secret, &plain, progress)?)
        }
    };
    // A copy of an emptied database must not count as its last good backup.
    if copy.rows.is_empty() {
        return Err(BackupError::Empty(url.to_string()));
    }
    let (ready, ending, compressed) = match backend {
        DatabaseKind::Postgres => (plain, ".dump", false),
        DatabaseKind::Sqlite if !options.compress => (plain, ".db", false),
        DatabaseKind::Sqlite => {
            let packed = staging.file("packed");
            (copy.size, copy.sha256) = compress_copy(&plain, &packed, &copy, progress)
                .map_err(BackupError::file("write", &packed))?;
            (packed, ".db.zst", true)
        }
    };
    let manifest = BackupManifest {
        format: FORMAT,
        created_at,
        reason: options.reason,
        backend,
        database: identity::database_name(url),
        schema: copy.schema,
        rows: copy.rows,
        broken_references: copy.broken_references,
        repaired: copy.repaired,
        left_out: copy.left_out,
        size: copy.size,
        sha256: copy.sha256,
        compressed,
        botctl: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let path = free_artifact_path(&options.dir, created_at, ending);
    publish_artifact(&staging, &ready, &path, &manifest)?;
    Ok(BackupArtifact { path, manifest })
}

/// Creates a folder and its parents for this user only, or for the owner of the parent folder.
fn create_private_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create_private_dir(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => files::chown_like_folder(dir),
        // Another run created it meanwhile.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Compresses a checked copy and reads it back. Returns length and checksum.
fn compress_copy(
    plain: &Path,
    packed: &Path,
    copy: &DatabaseCopy,
    progress: Progress<'_>,
) -> io::Result<(u64, String)> {
    let mut encoder = zstd::Encoder::new(File::create_new(packed)?, ZSTD_LEVEL)?;
    encoder.include_checksum(true)?;
    let mut on_bytes = |done| progress("compressing", done, copy.size);
    files::copy_hashed(&mut File::open(plain)?, &mut encoder, &mut on_bytes)?;
    encoder.finish()?.sync_all()?;
    files::make_private(packed)?;
    let mut decoder = zstd::Decoder::new(File::open(packed)?)?;
    let mut on_bytes = |done| progress("checking", done, copy.size);
    let (_, sha256) = files::copy_hashed(&mut decoder, &mut io::sink(), &mut on_bytes)?;
    if sha256 != copy.sha256 {
        return Err(io::Error::other("the compressed copy does not unpack to the same bytes"));
    }
    files::hash_file(packed, &mut |_| {})
}

/// Returns a path named by the time in UTC that no backup of any kind has.
fn free_artifact_path(dir: &Path, created_at: DateTime<Utc>, ending: &str) -> PathBuf {
    let stem = format!("{PREFIX}{}", created_at.format("%Y-%m-%d_%H-%M-%S"));
    let is_taken = |stem: &str| {
        ENDINGS.iter().any(|ending| {
            let path = dir.join(format!("{stem}{ending}"));
            path.exists() || manifest_path(&path).exists()
        })
    };
    let numbered = (2_u32..).map(|number| format!("{stem}_{number}"));
    let free = std::iter::once(stem.clone()).chain(numbered).find(|stem| !is_taken(stem));
    dir.join(format!("{}{ending}", free.unwrap_or(stem)))
}

/// Moves a finished copy and its manifest to their places, the manifest last: without it the artifact does not count.
fn publish_artifact(
    staging: &StagingDir,
    ready: &Path,
    path: &Path,
    manifest: &BackupManifest,
) -> Result<(), BackupError> {
    let final_manifest = manifest_path(path);
    // Under its final name, by which the clean-up after a crash knows where it belongs.
    let written = staging.file(&final_manifest.file_name().unwrap_or_default().to_string_lossy());
    let folder = path.parent().unwrap_or(path);
    let write = || -> io::Result<()> {
        let text = serde_json::to_vec_pretty(manifest)?;
        let mut file = File::create_new(&written)?;
        file.write_all(&text)?;
        files::make_private(&written)?;
        file.sync_all()?;
        // Of the backup folder, not of the staging directory.
        files::chown_like(ready, &folder.metadata()?);
        files::chown_like(&written, &folder.metadata()?);
        Ok(())
    };
    write().map_err(BackupError::file("write", &written))?;
    let place = || -> io::Result<()> {
        files::sync_file(written.parent().unwrap_or(folder))?;
        fs::rename(ready, path)?;
        // Before the second rename: otherwise a crash may keep a manifest without its artifact.
        files::sync_file(folder)?;
        fs::rename(&written, &final_manifest)?;
        files::sync_file(folder)
    };
    let placed = place().map_err(BackupError::file("write", path));
    if placed.is_err() {
        let _may_fail = (fs::remove_file(&final_manifest), fs::remove_file(path));
    }
    placed
}
