//! `botctl backup restore`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::{CommandError, ExitCode};
use super::super::text::{format_time, printable};
use crate::backup;
use crate::backup::restore::{self, CurrentContents, RestoreReport};
use crate::config::database::DatabaseUrl;
use crate::db::connection;
use crate::db::lock::{self, LockError};
use crate::migrate;

/// Replace the database with a backup
///
/// Stop the bot first (exit code 5 otherwise). The backup is verified, and the present database is backed up before it is
/// replaced, in one step: an interrupted run leaves the old database or the new one. Asks for confirmation; --yes is
/// required when not interactive (exit code 6 otherwise).
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl backup restore bot_database_2026-01-31_03-30-00.db")]
pub(super) struct Restore {
    /// Name in BACKUP_DIR, or path; backups of the old bot work too
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Skip confirmation
    #[arg(long)]
    yes: bool,
}

#[derive(Serialize)]
struct Document {
    database: String,
    restored: PathBuf,
    schema: Option<String>,
    rows: std::collections::BTreeMap<String, u64>,
    before: Option<PathBuf>,
    set_aside: Option<PathBuf>,
}

impl Restore {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let config = context.backup_config()?;
        let url = context.database_url()?;
        let output = context.output();
        let listed = super::named(&config.dir, &self.file)?;
        let _alone = alone(&url)?;
        let (path, manifest) = (listed.path.clone(), listed.manifest.clone());
        let mut bar = output.progress();
        let prepared = restore::prepare(&url, listed, &mut |stage, done, total| bar.show(stage, done, total));
        drop(bar);
        let prepared = prepared?;
        let there = match &prepared.there {
            CurrentContents::Nothing => "nothing".to_owned(),
            CurrentContents::Rows(rows) => super::rows(rows),
            CurrentContents::Damaged(why) => format!("nothing that can be read ({why})"),
        };
        output.note(format_args!("{url} has {there}"));
        output.note(format_args!("{} has {}", prepared.name(), super::rows(&prepared.rows)));
        if let Some(manifest) = &manifest {
            let schema = manifest.schema.as_deref().unwrap_or("old bot");
            output.note(format_args!(
                "it was made {} UTC ({}) of {}, schema {schema}",
                format_time(manifest.created_at),
                manifest.reason.as_str(),
                printable(&manifest.database)
            ));
            if !backup::is_backup_of(manifest, &url) {
                output.warn(format_args!("it is a backup of another database than {url}"));
            }
        }
        output.confirm(&format!("{url} is replaced."), self.yes)?;
        let (schema, rows) = (prepared.schema.clone(), prepared.rows.clone());
        let mut bar = output.progress();
        let restored =
            prepared.put(&url, &config.dir, &mut |stage, done, total| bar.show(stage, done, total));
        drop(bar);
        let RestoreReport { before, set_aside } = restored?;
        let document = Document {
            database: url.to_string(),
            restored: path.clone(),
            schema,
            rows,
            before: before.map(|artifact| artifact.path),
            set_aside,
        };
        if let Some(aside) = &document.set_aside {
            output.warn(format_args!(
                "the old database was damaged{}; it is kept as {}",
                if document.before.is_some() { "" } else { ", and too much so for a backup" },
                aside.display()
            ));
        }
        // Whoever does not read on still learns by the exit code whether what is there now can be opened.
        let printed = output.print_result(&document, || {
            let was = document
                .before
                .as_ref()
                .map_or_else(String::new, |before| format!("\nwhat was there is in {}", before.display()));
            format!("{url} is now {}, with {}{was}", path.display(), super::rows(&document.rows))
        });
        let mut conn = connection::open(&url)?;
        match migrate::schema_state(&mut conn)? {
            migrate::SchemaState::Pending(_) => {
                output.note("its schema is behind this botctl: run `botctl migrate up`");
            }
            migrate::SchemaState::LegacyBot => {
                output.note("it is a database of the old bot: `botctl migrate adopt` takes it over");
            }
            _ => {}
        }
        printed
    }
}

/// Keeps the bot, migrations and other restores away.
fn alone(url: &DatabaseUrl) -> Result<lock::Alone, CommandError> {
    lock::alone(url, Duration::ZERO).map_err(|error| match error {
        LockError::Migrating { .. } => CommandError::new(ExitCode::Locked, error)
            .hint("wait until it is done and run this again; `botctl migrate status` shows how far it is"),
        other => other.into(),
    })
}
