//! `botctl backup`: copies of the database, and what can be done with them.

mod create;
mod list;
mod prune;
mod restore;
mod verify;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::context::CommandContext;
use super::error::CommandError;
use super::text::format_count;
use crate::backup::{BackupManifest, ListedBackup, verify as trial};

/// Back up the database, and list, verify, restore and prune backups
///
/// Without a subcommand, creates a backup. The bot can be running. Backups are stored in BACKUP_DIR, each with a manifest of
/// the same name and .json; the time in the name is UTC.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Backup {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    create: create::Create,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(create::Create),
    List(list::List),
    Verify(verify::Verify),
    Restore(restore::Restore),
    Prune(prune::Prune),
}

impl Backup {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        match &self.command {
            None => self.create.run(context),
            Some(Command::Create(create)) => create.run(context),
            Some(Command::List(list)) => list.run(context),
            Some(Command::Verify(verify)) => verify.run(context),
            Some(Command::Restore(restore)) => restore.run(context),
            Some(Command::Prune(prune)) => prune.run(context),
        }
    }
}

/// The backup that somebody named: by its name in the backup folder, or by a path. The name of its manifest does too.
fn named(dir: &Path, file: &Path) -> Result<ListedBackup, CommandError> {
    let text = file.to_string_lossy();
    let file = text.strip_suffix(".json").map_or_else(|| file.to_owned(), PathBuf::from);
    let is_name = file.parent().is_some_and(|folder| folder.as_os_str().is_empty());
    let inside = dir.join(&file);
    let path = if is_name && (inside.exists() || !file.exists()) { inside } else { file };
    trial::find(&path).map_err(|error| {
        CommandError::from(error)
            .hint("`botctl backup list` shows which there are; name one of them, or a path")
    })
}

/// A backup as documents show it.
#[derive(Serialize)]
struct Shown {
    path: PathBuf,
    /// `good`, or what is wrong with it.
    state: String,
    age_seconds: Option<i64>,
    manifest: Option<BackupManifest>,
}

impl Shown {
    fn new(listed: &ListedBackup, now: DateTime<Utc>) -> Self {
        Self {
            path: listed.path.clone(),
            state: listed.state.as_str().to_owned(),
            age_seconds: listed.age(now).map(|age| age.num_seconds()),
            manifest: listed.manifest.clone(),
        }
    }
}

/// Rows of all tables together, for people.
fn rows(rows: &std::collections::BTreeMap<String, u64>) -> String {
    let all: u64 = rows.values().sum();
    format!("{} in {}", format_count(all, "row"), format_count(rows.len(), "table"))
}
