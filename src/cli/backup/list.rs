//! `botctl backup list`.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use indicatif::DecimalBytes;
use serde::Serialize;

use super::super::args::parse_duration;
use super::super::context::CommandContext;
use super::super::error::{CommandError, ExitCode};
use super::super::text;
use super::Shown;
use crate::backup::{self, BackupManifest, ListedBackup};
use crate::config::database::DatabaseUrl;
use crate::db::time;

/// List backups, newest first
///
/// The state is determined without reading the whole file: `good` means that the file has its full length; `botctl backup
/// verify` reads it. Lists the backups of all databases in BACKUP_DIR; --check considers only the configured database.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl backup list --check --max-age 26h     for monitoring: exit 3 if there is no recent good backup")]
pub(super) struct List {
    /// Exit with code 3 if the configured database has no recent good backup
    #[arg(long)]
    check: bool,
    /// Maximum age of the newest good backup for --check, such as 90m, 26h or 7d
    #[arg(long, value_name = "AGE", default_value = "26h", value_parser = parse_duration, requires = "check")]
    max_age: Duration,
}

#[derive(Serialize)]
struct Document {
    backups: Vec<Shown>,
}

impl List {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let config = context.backup_config()?;
        let output = context.output();
        let all = backup::list_backups(&config.dir)?;
        let now = time::now();
        let document = Document { backups: all.iter().map(|listed| Shown::new(listed, now)).collect() };
        let complaint = if self.check { self.complaint(&all, &context.database_url()?, now) } else { None };
        let Some(complaint) = complaint else {
            if all.is_empty() {
                output.note(format_args!("no backups in {}", config.dir.display()));
            }
            return output.print_result(&document, || {
                if all.is_empty() { String::new() } else { table(context, &all, now) }
            });
        };
        let failure =
            CommandError::new(ExitCode::Refused, format!("{complaint} in {}", config.dir.display()))
                .hint("`botctl backup` makes one")
                .with_data(&document);
        if all.is_empty() {
            Err(failure)
        } else {
            output.print_failed_check(table(context, &all, now), failure)
        }
    }

    /// Why the backups that are there are not enough.
    fn complaint(&self, all: &[ListedBackup], url: &DatabaseUrl, now: DateTime<Utc>) -> Option<String> {
        match backup::newest_good(all, url, now) {
            None => Some(format!("there is no good backup of {url}")),
            Some((age, _)) if age.to_std().is_ok_and(|age| age > self.max_age) => {
                Some(format!("the newest good backup of {url} is {} old", text::format_span(age)))
            }
            Some(_) => None,
        }
    }
}

/// What fits a terminal of 80 columns; of which database and schema they are is said of each only where they differ.
fn table(context: &CommandContext, all: &[ListedBackup], now: DateTime<Utc>) -> String {
    let manifests = || all.iter().filter_map(|listed| listed.manifest.as_ref());
    let differ = |of: fn(&BackupManifest) -> String| manifests().map(of).collect::<BTreeSet<_>>().len() > 1;
    let wide = differ(database) || differ(schema);
    if let (false, Some(manifest)) = (wide, manifests().next()) {
        let (database, schema) = (database(manifest), schema(manifest));
        context.output().note(format_args!("of {database}, schema {schema}; names hold the time in UTC"));
    }
    let mut headings = vec!["NAME", "AGE", "SIZE", "REASON", "STATE"];
    headings.extend(wide.then_some(["SCHEMA", "DATABASE"]).into_iter().flatten());
    let mut table = context.output().table(headings);
    for listed in all {
        let of =
            |look: &dyn Fn(&BackupManifest) -> String| listed.manifest.as_ref().map_or("-".to_owned(), look);
        let mut row = vec![
            listed.name(),
            of(&|_| {
                listed.age(now).map_or("in the future".to_owned(), |age| text::format_span(age).to_string())
            }),
            of(&|manifest| DecimalBytes(manifest.size).to_string()),
            of(&|manifest| manifest.reason.as_str().to_owned()),
            listed.words(),
        ];
        row.extend(wide.then(|| [of(&schema), of(&database)]).into_iter().flatten());
        table.add_row(row);
    }
    let lines: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

fn schema(manifest: &BackupManifest) -> String {
    manifest.schema.clone().unwrap_or_else(|| "of the old bot".to_owned())
}

fn database(manifest: &BackupManifest) -> String {
    text::printable(&manifest.database)
}
