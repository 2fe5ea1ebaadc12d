//! `botctl backup list`.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use indicatif::DecimalBytes;
use serde::Serialize;

use super::super::args::parse_duration;
use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::super::text;
use super::summary::BackupSummary;
use crate::backup::{self, BackupManifest, ListedBackup};
use crate::config::database::DatabaseUrl;
use crate::db::time;

/// List the backups, newest first
///
/// The state is determined without reading the whole file: `good` means that it exists and has the right length.
/// `botctl backup verify` reads it. Lists backups of all databases in this directory; --check considers only those of the
/// configured database.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl backup list --check --max-age 26h     for monitoring: exit 3 without a recent good backup")]
pub(super) struct List {
    /// Exit with code 3 unless there is a recent good backup of the configured database.
    #[arg(long)]
    check: bool,
    /// Maximum age of the newest good backup for --check: 90m, 26h, 7d.
    #[arg(long, value_name = "AGE", default_value = "26h", value_parser = parse_duration, requires = "check")]
    max_age: Duration,
}

#[derive(Serialize)]
struct ListReport {
    backups: Vec<BackupSummary>,
}

impl List {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let config = context.backup_config()?;
        let output = context.output();
        let all = backup::list_backups(&config.dir)?;
        let now = time::now();
        let report =
            ListReport { backups: all.iter().map(|listed| BackupSummary::new(listed, now)).collect() };
        let problem = if self.check { self.find_problem(&all, &context.database_url()?, now) } else { None };
        let Some(problem) = problem else {
            if all.is_empty() {
                output.note(format_args!("no backups in {}", config.dir.display()));
            }
            return output.print_result(&report, || {
                if all.is_empty() { String::new() } else { format_table(context, &all, now) }
            });
        };
        let error = CommandError::new(ExitCode::Refused, format!("{problem} in {}", config.dir.display()))
            .hint("`botctl backup` creates one")
            .with_data(&report);
        if all.is_empty() {
            Err(error)
        } else {
            output.print_failed_check(format_table(context, &all, now), error)
        }
    }

    /// Returns why the backups do not suffice.
    fn find_problem(&self, all: &[ListedBackup], url: &DatabaseUrl, now: DateTime<Utc>) -> Option<String> {
        match backup::newest_good(all, url, now) {
            None => Some(format!("there is no good backup of {url}")),
            Some((age, _)) if age.to_std().is_ok_and(|age| age > self.max_age) => {
                Some(format!("the newest good backup of {url} is {} old", text::format_span(age)))
            }
            Some(_) => None,
        }
    }
}

/// Fits 80 columns: database and schema are columns only if they differ.
fn format_table(context: &CommandContext, all: &[ListedBackup], now: DateTime<Utc>) -> String {
    let manifests = || all.iter().filter_map(|listed| listed.manifest.as_ref());
    let differ = |of: fn(&BackupManifest) -> String| manifests().map(of).collect::<BTreeSet<_>>().len() > 1;
    let wide = differ(database_name) || differ(schema_name);
    if let (false, Some(manifest)) = (wide, manifests().next()) {
        let (database, schema) = (database_name(manifest), schema_name(manifest));
        context.output().note(format_args!("database {database}, schema {schema}; times in names are UTC"));
    }
    let mut headings = vec!["NAME", "AGE", "SIZE", "REASON", "STATE"];
    headings.extend(wide.then_some(["SCHEMA", "DATABASE"]).into_iter().flatten());
    let mut table = context.output().table(headings);
    for listed in all {
        let of =
            |show: &dyn Fn(&BackupManifest) -> String| listed.manifest.as_ref().map_or("-".to_owned(), show);
        let mut row = vec![
            listed.file_name(),
            of(&|_| {
                listed
                    .age(now)
                    .map_or("in the future".to_owned(), |age| format!("{:#}", text::format_span(age)))
            }),
            of(&|manifest| DecimalBytes(manifest.size).to_string()),
            of(&|manifest| manifest.reason.as_str().to_owned()),
            listed.describe_state(),
        ];
        row.extend(wide.then(|| [of(&schema_name), of(&database_name)]).into_iter().flatten());
        table.add_row(row);
    }
    let lines: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

fn schema_name(manifest: &BackupManifest) -> String {
    manifest.schema.clone().unwrap_or_else(|| "old bot".to_owned())
}

fn database_name(manifest: &BackupManifest) -> String {
    text::printable(&manifest.database)
}
