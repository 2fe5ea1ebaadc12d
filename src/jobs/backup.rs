//! The scheduled backup: the same as `botctl backup`, then the hook, and then old backups are removed.

use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono_tz::Tz;

use crate::backup::{self, BackupError, BackupOptions, BackupReason, hook, prune};
use crate::config::backup::BackupConfig;
use crate::config::database::DatabaseUrl;

/// The job's name.
pub(super) const NAME: &str = "backup";

/// Why a run failed; a text without secrets.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum BackupFailure {
    #[error("{0}")]
    Backup(String),
    /// The backup was made.
    #[error("BACKUP_HOOK {0}")]
    Hook(String),
}

#[derive(Clone, Debug)]
pub(super) struct BackupJob {
    pub(super) url: DatabaseUrl,
    pub(super) config: BackupConfig,
    pub(super) zone: Tz,
}

impl BackupJob {
    pub(super) async fn run(&self, reason: BackupReason) -> Result<(), BackupFailure> {
        let this = self.clone();
        let made = match tokio::task::spawn_blocking(move || this.make_backup(reason)).await {
            Ok(Ok(path)) => path,
            Ok(Err(error)) => {
                tracing::error!(%error, "scheduled backup failed");
                return Err(BackupFailure::Backup(error.to_string()));
            }
            // The panic's message may quote anything; the log names its place.
            Err(_panicked) => return Err(BackupFailure::Backup("it panicked".to_owned())),
        };
        let hooked = self.run_hook(&made).await;
        let this = self.clone();
        let _panics = tokio::task::spawn_blocking(move || this.prune()).await;
        hooked
    }

    fn make_backup(&self, reason: BackupReason) -> Result<PathBuf, BackupError> {
        let begun = Instant::now();
        let options = BackupOptions { dir: self.config.dir.clone(), reason, compress: false };
        let made = backup::create_backup(&self.url, &options, &mut |_, _, _| {})?;
        let seconds = begun.elapsed().as_secs();
        tracing::info!(file = %made.path.display(), bytes = made.manifest.size, seconds, "scheduled backup was made");
        if let Some(first) = made.manifest.repaired.first() {
            tracing::error!(
                damage = first,
                "the database is damaged; the backup has all its rows: stop the bot and put it back"
            );
        }
        if !made.manifest.left_out.is_empty() {
            let tables = made.manifest.left_out.join(", ");
            tracing::warn!(tables, "tables of other roles are not in the backup");
        }
        Ok(made.path)
    }

    /// Runs the hook. Whether serve stops is decided by the scheduler, which drops this future.
    async fn run_hook(&self, made: &Path) -> Result<(), BackupFailure> {
        let Some(hook) = &self.config.hook else { return Ok(()) };
        tracing::info!(program = hook.program, "backup hook started");
        let hook::HookRun { result, output, seconds } =
            hook::run_hook(hook, made, std::future::pending()).await;
        match result {
            Ok(()) => {
                tracing::info!(seconds, output, "backup hook finished");
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, seconds, output, "backup hook failed");
                Err(BackupFailure::Hook(error.to_string()))
            }
        }
    }

    fn prune(&self) {
        let keep = prune::RetentionPolicy { keep: self.config.keep, zone: self.zone, includes_safety: false };
        match prune::prune_backups(&self.config.dir, keep, false) {
            Ok(decisions) => {
                for gone in decisions.iter().filter(|decision| decision.is_removed) {
                    tracing::info!(file = gone.backup.file_name(), why = gone.reason, "old backup removed");
                }
            }
            // The backup is made; that old ones stay is worth a word, not a failure.
            Err(error) => tracing::warn!(%error, "old backups were not removed"),
        }
    }
}
