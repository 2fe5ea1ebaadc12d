//! `botctl migrate up`, and the same for `serve`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::output::Output;
use super::super::schema_state::schema_error;
use super::Named;
use super::change;
use super::options::{Source, Waiting};
use crate::config::database::DatabaseUrl;
use crate::db::{connection, lock};
use crate::migrate::{self, Dialect, MigrateError, MigrationPlan, MigrationSet, SchemaState, preview, run};

/// Apply pending migrations; create the SQLite file if it does not exist
///
/// Each migration runs in its own transaction: a failed one is rolled back, those before it stay applied. A database that
/// contains data is backed up first, and the backup is verified. Concurrent runs wait for each other.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl migrate up --dry-run     print the SQL, change nothing
  botctl migrate up               back up, then apply pending migrations")]
pub(super) struct Up {
    /// Stop after this version
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    /// Print the SQL that would run, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Skip the backup
    #[arg(long)]
    no_backup: bool,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    source: Source,
}

#[derive(Serialize)]
struct Report {
    applied: Vec<Named>,
    backup: Option<PathBuf>,
}

#[derive(Serialize)]
struct Preview {
    pending: Vec<Named>,
    sql: String,
}

impl Up {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let (url, output) = (context.database_url()?, context.output());
        let scripts = self.source.scripts(Dialect::of(&url))?;
        if self.dry_run {
            return self.preview(&url, &scripts, output);
        }
        let backups = if self.no_backup { None } else { Some(context.backup_config()?.dir) };
        let mut report = Report { applied: Vec::new(), backup: None };
        let task = Task {
            url: &url,
            scripts: &scripts,
            to: self.to.as_deref(),
            backups,
            patience: self.waiting.lock_timeout,
        };
        // Whoever does not read on gets the whole schema all the same.
        let mut printed = Ok(());
        let done = task.run(output, &mut |event| match event {
            Event::BackedUp(path) => {
                output.note(format_args!("backup: {}", path.display()));
                report.backup = Some(path);
            }
            Event::Applied(script) => {
                if printed.is_ok() {
                    printed = output.print_line(format_args!("applied {} {}", script.version, script.name));
                }
                report.applied.push(script);
            }
        });
        done.map_err(|failure| failure.with_data(&report))?;
        printed?;
        output.print_result(&report, || {
            if report.applied.is_empty() { "nothing to do, the schema is current" } else { "" }.to_owned()
        })
    }

    /// What would run, from a look that changes nothing.
    fn preview(&self, url: &DatabaseUrl, scripts: &MigrationSet, output: Output) -> Result<(), CommandError> {
        let to = self.to.as_deref();
        let plan = look(url, scripts, to, self.waiting.lock_timeout)?;
        let sql = preview::sql(&plan, scripts.dialect);
        if plan.is_empty() {
            output.note("nothing to do, the schema is current");
        }
        let pending = plan.pending.iter().map(|script| Named::from(*script)).collect();
        output.print_result(&Preview { pending, sql: sql.clone() }, || sql)
    }
}

/// How long `serve` waits for another run that changes the schema.
const PATIENCE: Duration = Duration::from_mins(1);

/// Creates the database if there is none and applies what is pending, while no other run does; backs it up into this folder
/// first, if there is one and something to lose.
pub(in super::super) fn bring_up(
    url: &DatabaseUrl,
    backups: Option<PathBuf>,
    output: Output,
) -> Result<(), CommandError> {
    let scripts = MigrationSet::built_in(Dialect::of(url));
    if let Some(mut conn) = connection::look(url, PATIENCE)?
        && migrate::schema_state(&mut conn)? == SchemaState::Current
        && let Err(MigrateError::ChecksumMismatch(changed)) = migrate::plan_pending(&mut conn, scripts, None)
    {
        // A reason to look at it, none to stand still: the tables are there.
        let versions: Vec<_> = changed.iter().map(|entry| entry.version.as_str()).collect();
        tracing::warn!(?versions, "applied migrations are not what they were; see `botctl migrate status`");
        return Ok(());
    }
    Task { url, scripts, to: None, backups, patience: PATIENCE }.run(output, &mut |event| match event {
        Event::BackedUp(path) => {
            tracing::info!(backup = %path.display(), "made a backup before the schema changes");
        }
        Event::Applied(script) => tracing::info!(script.version, script.name, "applied a migration"),
    })
}

/// What has happened, to be told at once: what comes next may fail.
enum Event {
    BackedUp(PathBuf),
    Applied(Named),
}

/// Everything that `up` needs to know.
struct Task<'a> {
    url: &'a DatabaseUrl,
    scripts: &'a MigrationSet,
    to: Option<&'a str>,
    backups: Option<PathBuf>,
    patience: Duration,
}

impl Task<'_> {
    fn run(self, output: Output, tell: &mut dyn FnMut(Event)) -> Result<(), CommandError> {
        // Before anything is made beside a database that is not ours, or none.
        if look(self.url, self.scripts, self.to, self.patience)?.is_empty() {
            return Ok(());
        }
        let _lock = lock::for_migrating(self.url, self.patience)?;
        connection::make_private_file(self.url)?;
        let mut conn = change::open(self.url, self.patience)?;
        // Another run may have been faster.
        let plan = plan(&mut conn, self.url, self.scripts, self.to)?;
        if plan.is_empty() {
            return Ok(());
        }
        connection::use_wal(&mut conn)?;
        if !plan.pending.is_empty()
            && let Some(path) = change::backup_first(&mut conn, self.url, self.backups, output)?
        {
            tell(Event::BackedUp(path));
        }
        if !plan.unrecorded.is_empty() {
            run::record(&mut conn, &plan.unrecorded)?;
        }
        for script in plan.pending {
            run::apply(&mut conn, script)?;
            tell(Event::Applied(script.into()));
        }
        Ok(())
    }
}

/// What is to be done, without touching anything.
fn look<'a>(
    url: &DatabaseUrl,
    scripts: &'a MigrationSet,
    to: Option<&str>,
    patience: Duration,
) -> Result<MigrationPlan<'a>, CommandError> {
    match connection::look(url, patience)? {
        Some(mut conn) => plan(&mut conn, url, scripts, to),
        None => Ok(migrate::plan_for_new_database(scripts, to)?),
    }
}

fn plan<'a>(
    conn: &mut connection::AnyConnection,
    url: &DatabaseUrl,
    scripts: &'a MigrationSet,
    to: Option<&str>,
) -> Result<MigrationPlan<'a>, CommandError> {
    match migrate::schema_state_of(conn, scripts)? {
        SchemaState::Current | SchemaState::Empty | SchemaState::Pending(_) => {
            Ok(migrate::plan_pending(conn, scripts, to)?)
        }
        other => Err(schema_error(url, &other)),
    }
}
