//! The daily backup: the same as `botctl backup`, and then the old ones go.

use std::time::Instant;

use crate::backup::{self, BackupError, BackupOptions, BackupReason, prune};
use crate::config::backup::BackupConfig;
use crate::config::database::DatabaseUrl;
use crate::db::job_runs;

/// The job's name.
pub(super) const NAME: &str = "backup";

/// What to back up, and where to.
#[derive(Clone, Debug)]
pub(super) struct BackupJob {
    url: DatabaseUrl,
    config: BackupConfig,
}

impl BackupJob {
    pub(super) fn new(url: DatabaseUrl, config: BackupConfig) -> Self {
        Self { url, config }
    }

    /// Makes one and returns how that ended.
    pub(super) async fn run(&self) -> String {
        let this = self.clone();
        match tokio::task::spawn_blocking(move || this.make()).await {
            Ok(Ok(())) => "done".to_owned(),
            Ok(Err(error)) => {
                tracing::error!(%error, "the daily backup was not made");
                format!("{}{error}", job_runs::FAILED)
            }
            // Its message may quote anything; where it happened is in the log.
            Err(_panicked) => format!("{}it panicked", job_runs::FAILED),
        }
    }

    fn make(&self) -> Result<(), BackupError> {
        let begun = Instant::now();
        let options =
            BackupOptions { dir: self.config.dir.clone(), reason: BackupReason::Daily, compress: false };
        let made = backup::create_backup(&self.url, &options, &mut |_, _, _| {})?;
        let seconds = begun.elapsed().as_secs();
        tracing::info!(file = %made.path.display(), bytes = made.manifest.size, seconds, "made the daily backup");
        if let Some(first) = made.manifest.repaired.first() {
            tracing::error!(
                damage = first,
                "the database is damaged; the backup has all its rows: stop the bot and put it back"
            );
        }
        let keep = prune::RetentionPolicy { days: Some(self.config.keep_days), last: None };
        match prune::prune_backups(&self.config.dir, keep, false) {
            Ok(fates) => {
                for gone in fates.iter().filter(|fate| fate.goes) {
                    tracing::info!(file = gone.listed.name(), why = gone.why, "removed an old backup");
                }
            }
            // The backup is made; that old ones stay is worth a word, not a failure.
            Err(error) => tracing::warn!(%error, "old backups were not removed"),
        }
        Ok(())
    }
}
