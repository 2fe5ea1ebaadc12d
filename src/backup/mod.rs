//! Backups: create, list, verify, restore, prune.
//!
//! A backup is an artifact (`bot_database_YYYY-MM-DD_HH-MM-SS.db`, `.db.zst` or `.dump`, the time in UTC) and a manifest of
//! the same name plus `.json`. An artifact without its manifest does not count, and the manifest is written last.
//! Everything is prepared in a staging directory inside the backup folder.
//!
//! | file | what |
//! |---|---|
//! | `create` | creates one; [`sqlite`] and `postgres` make the copy |
//! | [`verify`] | restores one into a scratch database and checks it |
//! | [`restore`] | replaces the database with one; `swap` replaces the SQLite file |
//! | [`hook`] | runs a command after one |
//! | `unpack` | unpacks an artifact, which may be crafted |
//! | [`prune`] | removes old ones; `retention` counts those of each hour, day, week and month |
//! | `list` | lists them with their state |
//! | [`manifest`] | the description beside each |
//! | `identity` | which database one is of |
//! | [`integrity`], `contents` | damage, broken references, rows and schema of a database |
//! | `staging` | staging directories, the lock of the backup folder, what crashes left behind |

mod contents;
mod create;
mod error;
mod files;
pub(crate) mod hook;
mod identity;
pub(crate) mod integrity;
mod list;
pub(crate) mod manifest;
mod postgres;
pub(crate) mod prune;
pub(crate) mod restore;
mod retention;
pub(crate) mod sqlite;
mod staging;
mod swap;
mod unpack;
pub(crate) mod verify;

pub(crate) use create::{BackupOptions, create_backup};
pub(crate) use error::{BackupError, ClientFailure, FilePurpose};
pub(crate) use identity::{is_backup_of, newest_good};
pub(crate) use list::{BackupState, ListedBackup, describe_unreadable, list_backups};
pub(crate) use manifest::{BackupArtifact, BackupManifest, BackupReason, DatabaseKind};
pub(crate) use staging::remove_stale_staging_beside;
