//! `botctl backup prune`.

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use crate::backup;
use crate::backup::prune::{self, PruneDecision, RetentionPolicy};

/// Remove old backups and print why each one is removed or kept
///
/// Ages are those in the manifests, not of the files. Always kept: the last good backup of each database (verified before
/// others are removed), backups that cannot be read or are dated in the future, and files that are not backups.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl backup prune --dry-run                show what would be removed, and why
  botctl backup prune --keep-last 3            keep the newest three, regardless of age")]
pub(super) struct Prune {
    /// Keep backups of the last N days [default: BACKUP_KEEP_DAYS, unless --keep-last is given]
    #[arg(long, value_name = "N")]
    keep_days: Option<u32>,
    /// Keep the newest N good backups; with --keep-days, in addition to those
    #[arg(long, value_name = "N")]
    keep_last: Option<u32>,
    /// Print what would be removed, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// A backup that went, or stayed, and why.
#[derive(Serialize)]
pub(super) struct Gone {
    pub(super) name: String,
    pub(super) why: String,
}

impl Gone {
    pub(super) fn new(fate: &PruneDecision) -> Self {
        Self { name: fate.listed.name(), why: fate.why.clone() }
    }
}

#[derive(Serialize)]
struct Document {
    dry_run: bool,
    removed: Vec<Gone>,
    kept: Vec<Gone>,
}

impl Prune {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let config = context.backup_config()?;
        let keep = match (self.keep_days, self.keep_last) {
            (None, None) => RetentionPolicy { days: Some(config.keep_days), last: None },
            (days, last) => RetentionPolicy { days, last },
        };
        let fates = prune::prune_backups(&config.dir, keep, self.dry_run)?;
        // Whoever has a full disk looks for room: what restores that died left beside the database. No database is needed.
        if !self.dry_run
            && let Ok(url) = context.database_url()
        {
            let _cleared = backup::remove_stale_staging_beside(&url);
        }
        let those = |goes| fates.iter().filter(|fate| fate.goes == goes).map(Gone::new).collect();
        let document = Document { dry_run: self.dry_run, removed: those(true), kept: those(false) };
        let output = context.output();
        if fates.is_empty() {
            output.note(format_args!("no backups in {}", config.dir.display()));
        }
        output.print_result(&document, || {
            let said = fates.iter().map(|PruneDecision { listed, goes, why, .. }| {
                let done = match (goes, self.dry_run) {
                    (true, false) => "removed",
                    (true, true) => "would remove",
                    (false, _) => "kept",
                };
                format!("{done} {}: {why}", listed.name())
            });
            said.collect::<Vec<_>>().join("\n")
        })
    }
}
