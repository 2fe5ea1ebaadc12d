//! Backups: making them, finding them, trying them out, putting them back, removing old ones.
//!
//! A backup is an artifact (`bot_database_YYYY-MM-DD_HH-MM-SS.db`, `.db.zst` or `.dump`, the time in UTC) and a manifest of
//! the same name with `.json` behind it. Without its manifest an artifact does not count, and the manifest comes last.
//! Everything is prepared in a work folder inside the backup folder.
//!
//! | file | what |
//! |---|---|
//! | `create` | makes one; `sqlite` and `postgres` make the copy, the latter with `client` programs |
//! | `archive` | what is in an archive of PostgreSQL |
//! | [`verify`] | tries one out, [`restore`] puts one in the place of what is there |
//! | [`prune`] | removes old ones |
//! | `list` | which are there, and whether they look good |
//! | [`manifest`] | what is known about one |
//! | `source` | which database one is of |
//! | `work` | folders for what is not ready yet, and what a crash left of them |

mod archive;
mod client;
mod create;
pub mod database;
mod error;
mod files;
mod list;
pub mod manifest;
mod postgres;
pub mod prune;
pub mod restore;
mod source;
mod sqlite;
pub mod verify;
mod work;

pub use create::{BackupOptions, create_backup};
pub use error::{BackupError, ClientFailure, FilePurpose};
pub use list::{BackupState, ListedBackup, list_backups};
pub use manifest::{BackupArtifact, BackupManifest, BackupReason, DatabaseKind};
pub use source::{is_backup_of, newest_good};
pub use work::remove_stale_staging_beside;

/// How far it is: a stage ("copying"), and how much of it is done of how much.
pub type Progress<'a> = &'a mut dyn FnMut(&'static str, u64, u64);
