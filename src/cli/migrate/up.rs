//! `botctl migrate up`, and the same for `serve`.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::output::Output;
use super::args::SchemaArgs;
use super::flow::{ChangeEvent, MigrationStep, SchemaChange};
use super::report::{self, NamedMigration};
use crate::config::database::DatabaseUrl;
use crate::db::connection;
use crate::migrate::{
    self, Dialect, MigrateError, MigrationEntry, MigrationPlan, MigrationSet, SchemaState, plan_from_entries,
    plan_pending, preview,
};

/// Apply pending migrations; create the SQLite file if there is none
///
/// Each migration runs in a transaction of its own: one that fails is rolled back, those before it stay. A database with
/// rows is backed up first, and the backup is verified. A second run waits for the first.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl migrate up --dry-run     print the SQL, change nothing
  botctl migrate up               back up, then apply what is pending")]
pub(super) struct Up {
    /// Stop after this version.
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    /// Print the SQL that would run, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Skip the backup.
    #[arg(long)]
    no_backup: bool,
    #[command(flatten)]
    schema: SchemaArgs,
}

#[derive(Serialize)]
struct PendingReport {
    pending: Vec<NamedMigration>,
    sql: String,
}

const NOTHING_PENDING: &str = "nothing to do, the schema is current";

impl Up {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let change =
            SchemaChange::new(context, &self.schema)?.with_backup(context, self.no_backup || self.dry_run)?;
        let change = SchemaChange { creates_database: true, ..change };
        let plan = |entries: &[MigrationEntry]| plan_up(entries, &change.scripts, self.to.as_deref());
        if self.dry_run {
            return print_preview(&change.preview(&plan)?, &change);
        }
        report::run_and_report(&change, &plan, true, NOTHING_PENDING)
    }
}

fn plan_up<'a>(
    entries: &[MigrationEntry],
    scripts: &'a MigrationSet,
    to: Option<&str>,
) -> Result<Vec<MigrationStep<'a>>, CommandError> {
    let MigrationPlan { pending, unrecorded } = plan_from_entries(entries, scripts, to)?;
    let unrecorded = unrecorded.into_iter().map(MigrationStep::Record);
    Ok(unrecorded.chain(pending.into_iter().map(MigrationStep::Apply)).collect())
}

fn print_preview(steps: &[MigrationStep<'_>], change: &SchemaChange) -> Result<(), CommandError> {
    let mut plan = MigrationPlan::default();
    for step in steps {
        match *step {
            MigrationStep::Record(script) => plan.unrecorded.push(script),
            MigrationStep::Apply(script) => plan.pending.push(script),
            _ => {}
        }
    }
    let sql = preview::preview_sql(&plan, change.scripts.dialect);
    if plan.is_empty() {
        change.output.note(NOTHING_PENDING);
    }
    let pending = plan.pending.into_iter().map(NamedMigration::from).collect();
    change.output.print_result(&PendingReport { pending, sql: sql.clone() }, || sql)
}

/// How long `serve` waits for another run that changes the schema.
const LOCK_TIMEOUT: Duration = Duration::from_mins(1);

/// Creates the database if there is none and applies what is pending; makes a backup first if `backup_dir` is set and the
/// database has rows.
pub(crate) fn apply_for_serve(
    url: &DatabaseUrl,
    backup_dir: Option<PathBuf>,
    output: Output,
) -> Result<(), CommandError> {
    let scripts = MigrationSet::built_in(Dialect::of_url(url));
    if let Some(mut conn) = connection::open_read_only(url, LOCK_TIMEOUT)?
        && migrate::schema_state(&mut conn)? == SchemaState::Current
        && let Err(MigrateError::ChecksumMismatch(changed)) = plan_pending(&mut conn, scripts, None)
    {
        // Worth a warning, but the tables exist and the bot can run.
        let versions: Vec<_> = changed.iter().map(|entry| entry.version.as_str()).collect();
        tracing::warn!(?versions, "applied migrations have changed; see `botctl migrate status`");
        return Ok(());
    }
    let change = SchemaChange {
        url: url.clone(),
        scripts: Cow::Borrowed(scripts),
        lock_timeout: LOCK_TIMEOUT,
        backup_dir,
        creates_database: true,
        output,
    };
    let plan = |entries: &[MigrationEntry]| plan_up(entries, scripts, None);
    change.run(&plan, &mut |_, _| Ok(()), &mut |event| match event {
        ChangeEvent::BackedUp(path) => {
            tracing::info!(backup = %path.display(), "backup made before the schema changes");
        }
        ChangeEvent::Done(MigrationStep::Apply(script)) => {
            tracing::info!(script.version, script.name, "migration applied");
        }
        ChangeEvent::Done(_) => {}
    })
}
