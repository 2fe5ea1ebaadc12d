//! `botctl backup prune`.

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use crate::backup;
use crate::backup::prune::{self, PruneDecision, RetentionPolicy};
use crate::config::backup::KeepRules;

/// Remove old backups, with the reason for each decision
///
/// A backup stays if one of the rules keeps it: those of the options or, without any, those of BACKUP_KEEP_DAYS and the
/// other BACKUP_KEEP_ variables. Hours, days, weeks and months are those of TIMEZONE; each database has its own numbers.
/// Ages come from the manifests, not from the files. Never removes: the last good backup of each database, which is
/// verified by checksum first; backups that cannot be read or are dated in the future; other files; and, unless
/// --include-safety is given, backups of the last 90 days that were made before a migration, an adoption or a restore.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl backup prune --dry-run                show what would be removed, and why
  botctl backup prune --keep-last 3            keep the last three of any age
  botctl backup prune --keep-hourly 48 --keep-daily 14 --keep-monthly 12")]
pub(super) struct Prune {
    #[command(flatten)]
    keep: KeepArgs,
    /// Also remove backups of the last 90 days that were made before a migration, an adoption or a restore
    #[arg(long)]
    include_safety: bool,
    /// Show what would be removed, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args, Debug)]
#[allow(clippy::struct_field_names, reason = "they are the names of the options")]
struct KeepArgs {
    /// Keep backups of the last N days.
    #[arg(long, value_name = "N")]
    keep_days: Option<u32>,
    /// Keep the newest N good backups.
    #[arg(long, value_name = "N")]
    keep_last: Option<u32>,
    /// Keep the newest backup of each of the last N hours that have one.
    #[arg(long, value_name = "N")]
    keep_hourly: Option<u32>,
    /// The same for days.
    #[arg(long, value_name = "N")]
    keep_daily: Option<u32>,
    /// The same for weeks, which begin on Monday.
    #[arg(long, value_name = "N")]
    keep_weekly: Option<u32>,
    /// The same for months.
    #[arg(long, value_name = "N")]
    keep_monthly: Option<u32>,
}

impl KeepArgs {
    /// Returns the rules of the options; `None` without any.
    fn rules(&self) -> Option<KeepRules> {
        let rules = KeepRules {
            days: self.keep_days,
            last: self.keep_last,
            hourly: self.keep_hourly,
            daily: self.keep_daily,
            weekly: self.keep_weekly,
            monthly: self.keep_monthly,
        };
        (rules != KeepRules::default()).then_some(rules)
    }
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
        let keep = self.keep.rules().unwrap_or(config.keep);
        let policy =
            RetentionPolicy { keep, zone: context.timezone()?, includes_safety: self.include_safety };
        let decisions = prune::prune_backups(&config.dir, policy, self.dry_run)?;
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
