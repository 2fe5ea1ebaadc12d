//! What is known about a backup, kept beside it as JSON.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The version of this format. A manifest with a higher one is left to the newer botctl that wrote it.
pub const FORMAT: u32 = 1;

/// Why a backup was made.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackupReason {
    /// Somebody asked for it.
    Manual,
    /// It is made every day.
    Daily,
    /// Before the schema was changed.
    BeforeMigrate,
    /// Before the old bot's data were taken over.
    BeforeAdopt,
    /// Before another backup took the place of what was there.
    BeforeRestore,
}

impl BackupReason {
    /// Its name, as in the manifest.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Daily => "daily",
            Self::BeforeMigrate => "before-migrate",
            Self::BeforeAdopt => "before-adopt",
            Self::BeforeRestore => "before-restore",
        }
    }
}

/// What kind of database a backup is of.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseKind {
    /// The artifact is a SQLite file.
    Sqlite,
    /// The artifact is an archive for `pg_restore`.
    Postgres,
}

/// What is known about a backup.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BackupManifest {
    /// [`FORMAT`].
    pub format: u32,
    /// When the copy was begun.
    pub created_at: DateTime<Utc>,
    /// Why.
    pub reason: BackupReason,
    /// Of what kind of database.
    pub backend: DatabaseKind,
    /// Of which database: where its file really is, or its address without the password.
    pub database: String,
    /// The newest migration in it; `None` in a database of the old bot.
    pub schema: Option<String>,
    /// Every table with its number of rows.
    pub rows: BTreeMap<String, u64>,
    /// Rows that refer to a row that is not there; the source had as many.
    pub broken_references: u64,
    /// Damage outside of the rows that the database had and the backup has not, in the database's words; mostly none.
    #[serde(default, alias = "mended")]
    pub repaired: Vec<String>,
    /// Bytes of the artifact.
    pub size: u64,
    /// The checksum of the artifact, hexadecimal.
    pub sha256: String,
    /// Whether the artifact is compressed with zstd.
    pub compressed: bool,
    /// The version of the botctl that made it.
    pub botctl: String,
}

/// A backup that was made.
#[derive(Clone, Debug)]
pub struct BackupArtifact {
    /// The artifact.
    pub path: PathBuf,
    /// What is known about it.
    pub manifest: BackupManifest,
}

/// The path of the manifest of an artifact.
#[must_use]
pub fn path_of(artifact: &Path) -> PathBuf {
    let mut name = OsString::from(artifact);
    name.push(".json");
    PathBuf::from(name)
}
