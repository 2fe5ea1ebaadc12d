//! `botctl migrate status`.

use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::super::output::Output;
use super::super::schema_state::schema_error;
use super::args::SchemaArgs;
use super::flow;
use crate::migrate::checksums::{RecordedChecksum, list_checksums};
use crate::migrate::{self, ChecksumState, ExtraObject, MigrationEntry, MigrationSet, SchemaState};

/// Show applied and pending migrations and checksum mismatches. Changes nothing.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl migrate status --check     for scripts: exit 3 unless the schema is current")]
pub(super) struct Status {
    /// Exit with code 3 unless the schema is exactly that of this program.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    schema: SchemaArgs,
}

#[derive(Serialize)]
struct StatusReport {
    database: String,
    migrations: Vec<MigrationRow>,
    /// The kinds of problems that there are: `pending`, `changed`, `missing`, `newer`, `extra`.
    problems: Vec<&'static str>,
    /// What the schema does not have, such as `trigger NAME`.
    extra_objects: Vec<String>,
}

#[derive(Serialize)]
struct MigrationRow {
    version: String,
    name: Option<String>,
    applied_at: Option<DateTime<Utc>>,
    /// `ok`, `changed`, `unknown`; `null` while it is pending.
    checksum: Option<&'static str>,
    /// `pending`, `changed`, `missing` or `newer`.
    problem: Option<&'static str>,
}

impl Status {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let (url, output) = (context.database_url()?, context.output());
        let scripts = self.schema.load_scripts(&url)?;
        let mut conn = flow::open_existing(&url, self.schema.lock.lock_timeout)?;
        let state = migrate::schema_state_of(&mut conn, &scripts)?;
        if matches!(state, SchemaState::Foreign | SchemaState::LegacyBot) {
            return Err(schema_error(&url, &state));
        }
        let recorded = list_checksums(&mut conn)?;
        let entries = migrate::list_migrations_of(&mut conn, &scripts)?;
        let row = |entry| describe_migration(entry, &scripts, &recorded);
        let migrations: Vec<MigrationRow> = entries.iter().map(row).collect();
        let mut problems: Vec<&'static str> = migrations.iter().filter_map(|row| row.problem).collect();
        problems.sort_unstable();
        problems.dedup();
        // What other scripts create is not known.
        let extra = match scripts {
            Cow::Borrowed(_) => migrate::list_extra_objects(&mut conn)?,
            Cow::Owned(_) => Vec::new(),
        };
        // The others do nothing by themselves, and operators have their reasons for them.
        problems.extend(extra.iter().any(ExtraObject::is_active).then_some("extra"));
        let extra_objects = extra.iter().map(ToString::to_string).collect();
        let report = StatusReport { database: url.to_string(), migrations, problems, extra_objects };
        if self.check
            && let Some(error) = check_schema(&report)
        {
            return output.print_failed_check(format_table(output, &report), error.with_data(&report));
        }
        output.print_result(&report, || format_table(output, &report))
    }
}

fn describe_migration(
    entry: &MigrationEntry,
    scripts: &MigrationSet,
    recorded: &[RecordedChecksum],
) -> MigrationRow {
    let is_ours = entry.name.is_some();
    let newest = scripts.all().last().map(|script| script.version.as_str());
    let (checksum, problem) = match (&entry.applied_at, &entry.checksum) {
        (None, _) => (None, Some("pending")),
        (Some(_), _) if !is_ours && newest.is_none_or(|newest| *newest < *entry.version) => {
            (Some("unknown"), Some("newer"))
        }
        (Some(_), _) if !is_ours => (Some("unknown"), Some("missing")),
        (Some(_), ChecksumState::Match) => (Some("ok"), None),
        (Some(_), ChecksumState::Unknown) => (Some("unknown"), None),
        (Some(_), ChecksumState::Mismatch(_)) => (Some("changed"), Some("changed")),
    };
    // The program that applied it recorded its name.
    let recorded_name =
        || recorded.iter().find(|row| row.version == entry.version).map(|row| row.name.clone());
    let name = entry.name.clone().or_else(recorded_name);
    MigrationRow { version: entry.version.clone(), name, applied_at: entry.applied_at, checksum, problem }
}

fn format_table(output: Output, report: &StatusReport) -> String {
    let mut table = output.table(["VERSION", "NAME", "APPLIED (UTC)", "CHECKSUM"]);
    for row in &report.migrations {
        let applied = row
            .applied_at
            .map_or_else(|| "pending".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S").to_string());
        let checksum = match row.problem {
            Some("newer") => "of a newer botctl",
            Some("missing") => "not in this botctl",
            _ => row.checksum.unwrap_or("-"),
        };
        table.add_row([&*row.version, row.name.as_deref().unwrap_or("-"), &applied, checksum]);
    }
    let mut text = table.trim_fmt();
    if !report.extra_objects.is_empty() {
        let _ = write!(text, "\nnot of this schema: {}", report.extra_objects.join(", "));
    }
    text
}

/// Returns one error for all problems.
fn check_schema(report: &StatusReport) -> Option<CommandError> {
    let versions = |problem: &str| -> Vec<&str> {
        let of = report.migrations.iter().filter(|row| row.problem == Some(problem));
        of.map(|row| row.version.as_str()).collect()
    };
    let of = |problem: &&str| match *problem {
        "extra" => format!("not of it: {}", report.extra_objects.join(", ")),
        problem => format!("{problem}: {}", versions(problem).join(", ")),
    };
    let found: Vec<String> = report.problems.iter().map(of).collect();
    let hint = match report.problems.first().copied()? {
        _ if report.problems.contains(&"newer") => "use the newer botctl that applied them",
        _ if report.problems.contains(&"missing") => "use the botctl that applied them",
        _ if report.problems.contains(&"changed") => {
            "use the botctl that applied it, or accept the changed script: `botctl migrate repair`"
        }
        "extra" => {
            "a trigger or rule acts on what the bot writes: find out who created it, or remove it (`DROP TRIGGER NAME`, on \
             PostgreSQL `DROP TRIGGER NAME ON TABLE`)"
        }
        _ => "run `botctl migrate up`",
    };
    let message =
        format!("the schema of {} does not match this botctl: {}", report.database, found.join("; "));
    Some(CommandError::new(ExitCode::Refused, message).hint(hint))
}
