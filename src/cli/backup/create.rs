//! `botctl backup create`.

use std::fmt::Display;
use std::path::Path;

use clap::Args;
use indicatif::DecimalBytes;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::super::output::Output;
use super::prune::PrunedBackup;
use super::summary::format_rows;
use crate::backup::{self, BackupArtifact, BackupManifest, BackupReason, hook, prune};
use crate::config::backup::{BackupConfig, BackupHook};

/// Create a backup and verify it; the bot can keep running
///
/// Writes BACKUP_DIR/bot_database_YYYY-MM-DD_HH-MM-SS.db (time in UTC; .dump for PostgreSQL, which needs its client
/// programs pg_dump and pg_restore) and a manifest beside it, readable only by this user. An interrupted run never leaves
/// an incomplete backup in the list. Then runs BACKUP_HOOK, if that is set, with the path of the backup as its last
/// argument (exit code 1 if it fails; the backup stays), and removes backups that no BACKUP_KEEP_ rule keeps, but never the
/// last good one.
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
        if !manifest.left_out.is_empty() {
            output.warn(format_args!(
                "not in the backup, because they belong to other roles and cannot be read: {}",
                manifest.left_out.join(", ")
            ));
        }
        if manifest.broken_references > 0 {
            output.warn(format_args!(
                "{} rows of the database refer to missing rows; the backup has them unchanged",
                manifest.broken_references
            ));
        }
        let hooked = config.hook.as_ref().map(|hook| run_hook(hook, &path, output));
        let pruned = remove_old_backups(context, &config).unwrap_or_else(|error| {
            output.warn(format_args!("old backups were not removed: {}", error.message()));
            Vec::new()
        });
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
        let report = CreateReport { path, manifest, pruned };
        match hooked {
            Some(Err(error)) => output.print_failed_check(text, error.with_data(&report)),
            Some(Ok(())) | None => output.print_result(&report, || text),
        }
    }
}

fn remove_old_backups(
    context: &CommandContext,
    config: &BackupConfig,
) -> Result<Vec<PrunedBackup>, CommandError> {
    let policy =
        prune::RetentionPolicy { keep: config.keep, zone: context.timezone()?, includes_safety: false };
    let decisions = prune::prune_backups(&config.dir, policy, false)?;
    if let Some(named) = backup::describe_unreadable(decisions.iter().map(|one| &one.backup)) {
        context.output().warn(format_args!("passed over: {named}"));
    }
    Ok(decisions.iter().filter(|one| one.is_removed).map(PrunedBackup::new).collect())
}

/// Runs BACKUP_HOOK. Its output is shown if it fails.
fn run_hook(hook: &BackupHook, backup: &Path, output: Output) -> Result<(), CommandError> {
    let failed = |reason: &dyn Display| CommandError::new(ExitCode::Failed, format!("BACKUP_HOOK {reason}"));
    output.note(format_args!("running {}", hook.program));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(&format_args!("cannot be started: {error}")))?;
    let run = runtime.block_on(async {
        let interrupted = async {
            let (Ok(mut interrupt), Ok(mut terminate)) =
                (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
            else {
                return std::future::pending().await;
            };
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        };
        hook::run_hook(hook, backup, interrupted).await
    });
    run.result.map_err(|error| {
        let printed =
            if run.output.is_empty() { String::new() } else { format!("; it printed: {}", run.output) };
        failed(&format_args!("{error}{printed}"))
            .hint("the backup itself was made; correct the command, then run `botctl backup` again")
    })
}
