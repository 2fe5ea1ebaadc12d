//! `botctl backup restore`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::super::completer::complete_backups;
use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::super::text::{format_time, printable};
use super::summary::{find_named, format_rows};
use crate::backup;
use crate::backup::restore::{self, CurrentContents, RestoreReport};
use crate::config::database::DatabaseUrl;
use crate::db::connection;
use crate::db::lock::{self, LockError};
use crate::migrate;

/// Replace the database with a backup
///
/// The bot must be stopped (exit code 5 otherwise). Verifies the backup and backs up the current database first. Asks for
/// confirmation; --yes is required when not interactive (exit code 6 otherwise). An interrupted restore leaves the current
/// database in place. Refuses a backup with triggers, views or tables that neither the bot nor the current database has.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl backup restore bot_database_2026-01-31_03-30-00.db")]
pub(super) struct Restore {
    /// Backup to restore: a name in BACKUP_DIR, or a path; the old bot's backups work too
    #[arg(value_name = "FILE", add = complete_backups())]
    file: PathBuf,
    /// Skip confirmation.
    #[arg(short, long)]
    yes: bool,
    /// Also restore triggers, views, functions and tables that are not the bot's and that the database does not have
    #[arg(long)]
    allow_extra_objects: bool,
}

#[derive(Serialize)]
struct RestoreDocument {
    database: String,
    restored: PathBuf,
    schema: Option<String>,
    rows: std::collections::BTreeMap<String, u64>,
    before: Option<PathBuf>,
    /// Where a damaged database was moved.
    kept_as: Option<PathBuf>,
    /// What the bot's schema does not have.
    extra_objects: Vec<String>,
}

impl Restore {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let config = context.backup_config()?;
        let url = context.database_url()?;
        let output = context.output();
        let listed = find_named(&config.dir, &self.file)?;
        let _lock = lock_exclusively(&url)?;
        let (path, manifest) = (listed.path.clone(), listed.manifest.clone());
        let mut bar = output.progress();
        let prepared =
            restore::prepare_restore(&url, listed, self.allow_extra_objects, &mut |stage, done, total| {
                bar.show(stage, done, total);
            });
        drop(bar);
        let prepared = prepared?;
        let current = match &prepared.current {
            CurrentContents::Nothing => "nothing".to_owned(),
            CurrentContents::Rows(rows) => format_rows(rows),
            CurrentContents::Damaged(why) => format!("nothing that can be read ({why})"),
        };
        output.note(format_args!("{url} has {current}"));
        output.note(format_args!("{} has {}", prepared.file_name(), format_rows(&prepared.rows)));
        if let Some(manifest) = &manifest {
            let schema = manifest.schema.as_deref().unwrap_or("old bot");
            output.note(format_args!(
                "created {} UTC ({}) from {}, schema {schema}",
                format_time(manifest.created_at),
                manifest.reason.as_str(),
                printable(&manifest.database)
            ));
            if !backup::is_backup_of(manifest, &url) {
                output.warn(format_args!("this is a backup of another database than {url}"));
            }
        }
        output.confirm(&format!("{url} will be replaced."), self.yes)?;
        let (schema, rows) = (prepared.schema.clone(), prepared.rows.clone());
        let mut bar = output.progress();
        let restored = prepared
            .replace_database(&url, &config.dir, &mut |stage, done, total| bar.show(stage, done, total));
        drop(bar);
        let RestoreReport { before, set_aside } = restored?;
        let document = RestoreDocument {
            database: url.to_string(),
            restored: path.clone(),
            schema,
            rows,
            before: before.map(|artifact| artifact.path),
            kept_as: set_aside,
            extra_objects: list_restored_objects(&url),
        };
        if !document.extra_objects.is_empty() {
            output.warn(format_args!(
                "restored, but not of the bot's schema: {}",
                document.extra_objects.join(", ")
            ));
        }
        if let Some(kept) = &document.kept_as {
            output.warn(format_args!(
                "the previous database was damaged{}; it is kept as {}",
                if document.before.is_some() { "" } else { " and could not be backed up" },
                kept.display()
            ));
        }
        // Also without a reader of the output, the exit code tells whether the restored database can be opened.
        let printed = output.print_result(&document, || {
            let saved = document.before.as_ref().map_or_else(String::new, |before| {
                format!("; previous database saved as {}", before.display())
            });
            format!("Restored {url} from {} ({}){saved}", path.display(), format_rows(&document.rows))
        });
        let mut conn = connection::open_connection(&url)?;
        match migrate::schema_state(&mut conn)? {
            migrate::SchemaState::Pending(_) => {
                output.note("its schema is older than this botctl: run `botctl migrate up`");
            }
            migrate::SchemaState::LegacyBot => {
                output.note("it is a database of the old bot: import it with `botctl migrate adopt`");
            }
            _ => {}
        }
        printed
    }
}

/// Lists what the bot's schema does not have. If that fails, opening the database for its state fails, too.
fn list_restored_objects(url: &DatabaseUrl) -> Vec<String> {
    let objects =
        connection::open_connection(url).and_then(|mut conn| migrate::list_extra_objects(&mut conn));
    objects.unwrap_or_default().iter().map(ToString::to_string).collect()
}

/// Takes the lock that excludes the bot, migrations and other restores.
fn lock_exclusively(url: &DatabaseUrl) -> Result<lock::ExclusiveLock, CommandError> {
    lock::acquire_exclusive_lock(url, Duration::ZERO).map_err(|error| match error {
        LockError::Migrating { .. } => CommandError::new(ExitCode::Locked, error)
            .hint("wait until it is done and run this again; `botctl migrate status` shows how far it is"),
        other => other.into(),
    })
}
