//! `botctl backup prune`.

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use crate::backup;
use crate::backup::prune::{self, PruneDecision, RetentionPolicy};

/// Remove old backups, with the reason for each decision
///
/// Ages come from the manifests, not from the files. Never removes: the last good backup of each database, which is
/// verified by checksum first; backups that cannot be read or are dated in the future; other files; and, unless
/// --include-safety is given, backups of the last 90 days that were made before a migration, an adoption or a restore.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl backup prune --dry-run                show what would be removed, and why
  botctl backup prune --keep-last 3            keep the last three of any age")]
pub(super) struct Prune {
    /// Keep backups of the last N days [default: BACKUP_KEEP_DAYS, unless --keep-last is given]
    #[arg(long, value_name = "N")]
    keep_days: Option<u32>,
    /// Keep the newest N good backups; with --keep-days, keep backups that match either
    #[arg(long, value_name = "N")]
    keep_last: Option<u32>,
    /// Also remove backups of the last 90 days that were made before a migration, an adoption or a restore
    #[arg(long)]
    include_safety: bool,
    /// Show what would be removed, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
pub(super) struct PrunedBackup {
    pub(super) name: String,
    pub(super) reason: String,
}

impl PrunedBackup {
    pub(super) fn new(decision: &PruneDecision) -> Self {
        Self { name: decision.backup.file_name(), reason: decision.reason.clone() }
    }
}

#[derive(Serialize)]
struct PruneReport {
    dry_run: bool,
    removed: Vec<PrunedBackup>,
    kept: Vec<PrunedBackup>,
}

impl Prune {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let config = context.backup_config()?;
        let (days, last) = match (self.keep_days, self.keep_last) {
            (None, None) => (Some(config.keep_days), None),
            (days, last) => (days, last),
        };
        let keep = RetentionPolicy { days, last, includes_safety: self.include_safety };
        let decisions = prune::prune_backups(&config.dir, keep, self.dry_run)?;
        // Frees disk space too: what killed restores left beside the database. It works without a database.
        if !self.dry_run
            && let Ok(url) = context.database_url()
        {
            let _may_fail = backup::remove_stale_staging_beside(&url);
        }
        let select = |is_removed| {
            decisions.iter().filter(|one| one.is_removed == is_removed).map(PrunedBackup::new).collect()
        };
        let report = PruneReport { dry_run: self.dry_run, removed: select(true), kept: select(false) };
        let output = context.output();
        if decisions.is_empty() {
            output.note(format_args!("no backups in {}", config.dir.display()));
        }
        output.print_result(&report, || {
            let lines = decisions.iter().map(|PruneDecision { backup, is_removed, reason, .. }| {
                let action = match (is_removed, self.dry_run) {
                    (true, false) => "removed",
                    (true, true) => "would remove",
                    (false, _) => "kept",
                };
                format!("{action} {}: {reason}", backup.file_name())
            });
            lines.collect::<Vec<_>>().join("\n")
        })
    }
}
