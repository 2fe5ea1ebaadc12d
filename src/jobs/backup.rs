//! The daily backup: the same as `botctl backup`, and then the old ones go.

use std::time::Instant;

use crate::backup::{self, BackupError, BackupOptions, BackupReason, prune};
use crate::config::backup::BackupConfig;
use crate::config::database::DatabaseUrl;
use crate::db::job_runs;

/// The job's name.
pub(super) const NAME: &str = "backup";

#[derive(Clone, Debug)]
pub(super) struct BackupJob {
    url: DatabaseUrl,
    config: BackupConfig,
}

impl BackupJob {
    pub(super) fn new(url: DatabaseUrl, config: BackupConfig) -> Self {
        Self { url, config }
    }

    pub(super) async fn run(&self) -> String {
        let this = self.clone();
        match tokio::task::spawn_blocking(move || this.make_backup()).await {
            Ok(Ok(())) => job_runs::DONE.to_owned(),
            Ok(Err(error)) => {
                tracing::error!(%error, "daily backup failed");
                format!("{}{error}", job_runs::FAILED)
            }
            // The panic's message may quote anything; the log names its place.
            Err(_panicked) => format!("{}it panicked", job_runs::FAILED),
        }
    }

    fn make_backup(&self) -> Result<(), BackupError> {
        let begun = Instant::now();
        let options =
            BackupOptions { dir: self.config.dir.clone(), reason: BackupReason::Daily, compress: false };
        let made = backup::create_backup(&self.url, &options, &mut |_, _, _| {})?;
        let seconds = begun.elapsed().as_secs();
        tracing::info!(file = %made.path.display(), bytes = made.manifest.size, seconds, "daily backup was made");
        if let Some(first) = made.manifest.repaired.first() {
            tracing::error!(
                damage = first,
                "the database is damaged; the backup has all its rows: stop the bot and put it back"
            );
        }
        let keep = prune::RetentionPolicy { days: Some(self.config.keep_days), ..Default::default() };
        match prune::prune_backups(&self.config.dir, keep, false) {
            Ok(fates) => {
                for gone in fates.iter().filter(|decision| decision.is_removed) {
                    tracing::info!(file = gone.backup.file_name(), why = gone.reason, "old backup removed");
                }
            }
            // The backup is made; that old ones stay is worth a word, not a failure.
            Err(error) => tracing::warn!(%error, "old backups were not removed"),
        }
        Ok(())
    }
}
