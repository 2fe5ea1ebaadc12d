//! `botctl backup create`.

use clap::Args;
use indicatif::DecimalBytes;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::prune::Gone;
use crate::backup::{self, BackupArtifact, BackupManifest, BackupReason, prune};

/// Create a backup and verify it; the bot can be running
///
/// Writes BACKUP_DIR/bot_database_YYYY-MM-DD_HH-MM-SS.db (in UTC; .dump for PostgreSQL, which needs the client programs
/// pg_dump and pg_restore) and a manifest, readable only by this user. An interrupted run leaves no incomplete backup.
/// Afterwards removes backups older than BACKUP_KEEP_DAYS, but never the last good one.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl backup                        back up, verify, then prune
  botctl backup create --compress      the same, compressed")]
pub(super) struct Create {
    /// Compress the backup with zstd (SQLite only; PostgreSQL backups are always compressed)
    #[arg(long)]
    compress: bool,
}

#[derive(Serialize)]
struct Made {
    path: std::path::PathBuf,
    manifest: BackupManifest,
    pruned: Vec<Gone>,
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
        let made =
            backup::create_backup(&url, &options, &mut |stage, done, total| bar.show(stage, done, total));
        drop(bar);
        let BackupArtifact { path, manifest } = made?;
        if let Some(first) = manifest.repaired.first() {
            output.warn(format_args!(
                "the database is damaged outside of its rows ({first}); every row was written anew into the backup: stop \
                 `serve` and put it back with `botctl backup restore`, which keeps the damaged file beside it"
            ));
        }
        if manifest.broken_references > 0 {
            output.warn(format_args!(
                "{} rows of the database refer to rows that are not there; the backup has them as they are",
                manifest.broken_references
            ));
        }
        let keep = prune::RetentionPolicy { days: Some(config.keep_days), last: None };
        let pruned = match prune::prune_backups(&config.dir, keep, false) {
            Ok(fates) => fates.iter().filter(|fate| fate.goes).map(Gone::new).collect(),
            // The backup is made; that old ones stay is worth a word, not a failure.
            Err(error) => {
                output.warn(format_args!("old backups were not removed: {error}"));
                Vec::new()
            }
        };
        let text = || {
            let mut lines = vec![format!(
                "{}  {}, {}",
                path.display(),
                DecimalBytes(manifest.size),
                super::rows(&manifest.rows)
            )];
            lines.extend(pruned.iter().map(|gone| format!("removed {}: {}", gone.name, gone.why)));
            lines.join("\n")
        };
        let text = text();
        output.print_result(&Made { path, manifest, pruned }, || text)
    }
}
