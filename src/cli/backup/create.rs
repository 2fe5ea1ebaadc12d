//! `botctl backup create`.

use clap::Args;
use indicatif::DecimalBytes;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::prune::PrunedBackup;
use super::summary::format_rows;
use crate::backup::{self, BackupArtifact, BackupManifest, BackupReason, prune};

/// Create a backup and verify it; the bot can keep running
///
/// Writes BACKUP_DIR/bot_database_YYYY-MM-DD_HH-MM-SS.db (time in UTC; .dump for PostgreSQL, which needs its client
/// programs pg_dump and pg_restore) and a manifest beside it, readable only by this user. An interrupted run never leaves
/// an incomplete backup in the list. Afterwards removes backups older than BACKUP_KEEP_DAYS, but never the last good one.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl backup                        back up, verify, then prune
  botctl backup create --compress      the same, smaller")]
pub(super) struct Create {
    /// Compress with zstd (SQLite; backups of PostgreSQL are always compressed).
    #[arg(long)]
    compress: bool,
}

#[derive(Serialize)]
struct CreateReport {
    path: std::path::PathBuf,
    manifest: BackupManifest,
    pruned: Vec<PrunedBackup>,
}

impl Create {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let config = context.backup_config()?;
        let url = context.database_url()?;
        let options = backup::BackupOptions {
            dir: config.dir.clone(),
            reason: BackupReason::Manual,
            compress: self.compress,
        };
        let output = context.output();
        let mut bar = output.progress();
        let created =
            backup::create_backup(&url, &options, &mut |stage, done, total| bar.show(stage, done, total));
        drop(bar);
        let BackupArtifact { path, manifest } = created?;
        if let Some(first) = manifest.repaired.first() {
            output.warn(format_args!(
                "the database is damaged outside of its rows ({first}), but the backup is intact: stop \
                 `serve` and restore it with `botctl backup restore`, which keeps the damaged file beside it"
            ));
        }
        if manifest.broken_references > 0 {
            output.warn(format_args!(
                "{} rows of the database refer to missing rows; the backup has them unchanged",
                manifest.broken_references
            ));
        }
        let keep = prune::RetentionPolicy { days: Some(config.keep_days), ..Default::default() };
        let pruned = match prune::prune_backups(&config.dir, keep, false) {
            Ok(decisions) => {
                if let Some(named) = backup::describe_unreadable(decisions.iter().map(|one| &one.backup)) {
                    output.warn(format_args!("passed over: {named}"));
                }
                decisions.iter().filter(|one| one.is_removed).map(PrunedBackup::new).collect()
            }
            // Only a warning: the backup was made.
            Err(error) => {
                output.warn(format_args!("old backups were not removed: {error}"));
                Vec::new()
            }
        };
        let text = {
            let mut lines = vec![format!(
                "{}  {}, {}",
                path.display(),
                DecimalBytes(manifest.size),
                format_rows(&manifest.rows)
            )];
            lines.extend(pruned.iter().map(|one| format!("removed {}: {}", one.name, one.reason)));
            lines.join("\n")
        };
        output.print_result(&CreateReport { path, manifest, pruned }, || text)
    }
}
