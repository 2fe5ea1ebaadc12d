//! The manifest of a backup, kept beside it as JSON.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The version of the format. A manifest with a higher one is left to the newer botctl that wrote it.
pub(super) const FORMAT: u32 = 1;

/// Why a backup was created.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BackupReason {
    Manual,
    Daily,
    /// One of `BACKUP_INTERVAL`.
    Interval,
    BeforeMigrate,
    BeforeAdopt,
    BeforeRestore,
    BeforeImport,
}

impl BackupReason {
    /// Returns its name, as in the manifest.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Daily => "daily",
            Self::Interval => "interval",
            Self::BeforeMigrate => "before-migrate",
            Self::BeforeAdopt => "before-adopt",
            Self::BeforeRestore => "before-restore",
            Self::BeforeImport => "before-import",
        }
    }
}

/// The kind of database that a backup is of.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DatabaseKind {
    /// The artifact is a SQLite file.
    Sqlite,
    /// The artifact is an archive for `pg_restore`.
    Postgres,
}

/// Describes a backup.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct BackupManifest {
    pub(crate) format: u32,
    /// When the copy was begun.
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) reason: BackupReason,
    pub(crate) backend: DatabaseKind,
    /// The real path of the file, or the address without the password.
    pub(crate) database: String,
    /// The newest applied migration; `None` in a database of the old bot.
    pub(crate) schema: Option<String>,
    pub(crate) rows: BTreeMap<String, u64>,
    /// Rows that refer to a missing row; the source had as many.
    pub(crate) broken_references: u64,
    /// Damage outside of the rows that the database had and the backup has not, in SQLite's words; usually none.
    #[serde(default, alias = "mended")]
    pub(crate) repaired: Vec<String>,
    /// Tables and sequences of other roles in the same schema that could not be read; usually none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_out: Vec<String>,
    /// Bytes of the artifact.
    pub(crate) size: u64,
    /// Of the artifact, hexadecimal.
    pub(crate) sha256: String,
    /// Whether the artifact is compressed with zstd.
    pub(crate) compressed: bool,
    /// The version of the botctl that created it.
    pub(crate) botctl: String,
}

/// A checked copy of a database, on the disk but not yet in its place.
pub(super) struct DatabaseCopy {
    pub(super) rows: BTreeMap<String, u64>,
    pub(super) schema: Option<String>,
    pub(super) broken_references: u64,
    pub(super) size: u64,
    pub(super) sha256: String,
    /// See [`BackupManifest::repaired`].
    pub(super) repaired: Vec<String>,
    /// See [`BackupManifest::left_out`].
    pub(super) left_out: Vec<String>,
}

/// A backup in its place.
#[derive(Clone, Debug)]
pub(crate) struct BackupArtifact {
    pub(crate) path: PathBuf,
    pub(crate) manifest: BackupManifest,
}

pub(crate) fn manifest_path(artifact: &Path) -> PathBuf {
    let mut name = OsString::from(artifact);
    name.push(".json");
    PathBuf::from(name)
}
