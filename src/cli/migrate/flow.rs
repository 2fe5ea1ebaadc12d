//! The flow that all commands share which change a schema: plan without touching anything, lock, plan again, confirm, back
//! up, change, report.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::super::output::Output;
use super::super::schema_state::schema_error;
use super::args::SchemaArgs;
use crate::backup::{self, BackupOptions, BackupReason};
use crate::config::database::DatabaseUrl;
use crate::db::{AnyConnection, connection, lock};
use crate::migrate::loss::{DataLoss, find_data_loss};
use crate::migrate::{
    MigrationEntry, MigrationScript, MigrationSet, SchemaState, extra_objects, list_migrations_of,
    privileges, runner, schema_state_of, tables,
};

/// One step of a change.
#[derive(Clone, Copy, Debug)]
pub(super) enum MigrationStep<'a> {
    Apply(&'a MigrationScript),
    Revert(&'a MigrationScript),
    /// Reverts and applies in one transaction.
    Redo(&'a MigrationScript),
    /// Records the checksum of a migration that was applied before there were checksums.
    Record(&'a MigrationScript),
    /// Records the checksum of a migration that was changed after it was applied.
    Accept(&'a MigrationScript),
}

impl<'a> MigrationStep<'a> {
    /// Returns the migration that it reverts.
    pub(super) fn reverted_script(self) -> Option<&'a MigrationScript> {
        match self {
            Self::Revert(script) | Self::Redo(script) => Some(script),
            Self::Apply(_) | Self::Record(_) | Self::Accept(_) => None,
        }
    }

    /// Returns the migration whose scripts it runs.
    pub(super) fn executed_script(self) -> Option<&'a MigrationScript> {
        if let Self::Apply(script) = self { Some(script) } else { self.reverted_script() }
    }

    fn recorded_script(self) -> Option<&'a MigrationScript> {
        match self {
            Self::Record(script) | Self::Accept(script) => Some(script),
            Self::Apply(_) | Self::Revert(_) | Self::Redo(_) => None,
        }
    }
}

/// Plans a change from all migrations that are applied or available.
pub(super) type Planner<'p, 'a> =
    &'p dyn Fn(&[MigrationEntry]) -> Result<Vec<MigrationStep<'a>>, CommandError>;

/// Asks for confirmation of the steps, knowing what they would delete (`None` if that is unknown).
pub(super) type Confirm<'c, 'a> =
    &'c mut dyn FnMut(&[MigrationStep<'a>], Option<Vec<DataLoss>>) -> Result<(), CommandError>;

/// Reported as soon as it has happened, because the next step may fail.
pub(super) enum ChangeEvent<'e, 'a> {
    BackedUp(&'e Path),
    Done(MigrationStep<'a>),
}

/// A change of the schema.
pub(super) struct SchemaChange {
    pub(super) url: DatabaseUrl,
    pub(super) scripts: Cow<'static, MigrationSet>,
    pub(super) lock_timeout: Duration,
    /// `None` for no backup.
    pub(super) backup_dir: Option<PathBuf>,
    /// Whether a missing database is created.
    pub(super) creates_database: bool,
    pub(super) output: Output,
}

impl SchemaChange {
    /// Changes the configured database, which must exist, without a backup.
    pub(super) fn new(context: &CommandContext, args: &SchemaArgs) -> Result<Self, CommandError> {
        let url = context.database_url()?;
        Ok(Self {
            scripts: args.load_scripts(&url)?,
            url,
            lock_timeout: args.lock.lock_timeout,
            backup_dir: None,
            creates_database: false,
            output: context.output(),
        })
    }

    /// Makes a backup first, unless `no_backup`.
    pub(super) fn with_backup(self, context: &CommandContext, no_backup: bool) -> Result<Self, CommandError> {
        let backup_dir = if no_backup { None } else { Some(context.backup_config()?.dir) };
        Ok(Self { backup_dir, ..self })
    }

    /// Runs the change, unless `confirm` fails or there is nothing to do.
    pub(super) fn run<'a>(
        &'a self,
        plan: Planner<'_, 'a>,
        confirm: Confirm<'_, 'a>,
        on_event: &mut dyn FnMut(ChangeEvent<'_, 'a>),
    ) -> Result<(), CommandError> {
        // First on a read-only connection: nothing is created beside a database that is not the bot's or needs no change.
        let steps = self.preview(plan)?;
        if steps.is_empty() {
            return Ok(());
        }
        let is_exclusive = steps.iter().any(|step| step.reverted_script().is_some());
        let _locks = if is_exclusive {
            (Some(lock::acquire_exclusive_lock(&self.url, self.lock_timeout)?), None)
        } else {
            (None, Some(lock::acquire_migrate_lock(&self.url, self.lock_timeout)?))
        };
        if self.creates_database {
            connection::make_private_file(&self.url)?;
        }
        let mut conn = connection::open_with_timeout(&self.url, self.lock_timeout)?;
        connection::allow_writing(&mut conn)?;
        // Another run may have been faster.
        let steps = self.plan_on(&mut conn, plan)?;
        if steps.is_empty() {
            return Ok(());
        }
        if steps.iter().any(|step| step.executed_script().is_some()) {
            privileges::require_schema_rights(&mut conn, &extra_objects::own_names()?)?;
        }
        if self.creates_database {
            connection::enable_wal(&mut conn)?;
        }
        let reverted: Vec<_> = steps.iter().filter_map(|step| step.reverted_script()).collect();
        let losses =
            if reverted.is_empty() { Some(Vec::new()) } else { find_data_loss(&mut conn, &reverted)? };
        confirm(&steps, losses)?;
        if let Some(path) = self.back_up(&mut conn, &steps)? {
            on_event(ChangeEvent::BackedUp(&path));
        }
        let recorded: Vec<_> = steps.iter().filter_map(|step| step.recorded_script()).collect();
        if !recorded.is_empty() {
            runner::record_checksums(&mut conn, &recorded)?;
        }
        for step in steps {
            match step {
                MigrationStep::Apply(script) => runner::apply_migration(&mut conn, script)?,
                MigrationStep::Revert(script) => runner::revert_migration(&mut conn, script)?,
                MigrationStep::Redo(script) => runner::redo_migration(&mut conn, script)?,
                MigrationStep::Record(_) | MigrationStep::Accept(_) => {}
            }
            on_event(ChangeEvent::Done(step));
        }
        Ok(())
    }

    /// Plans without touching anything.
    pub(super) fn preview<'a>(
        &'a self,
        plan: Planner<'_, 'a>,
    ) -> Result<Vec<MigrationStep<'a>>, CommandError> {
        if !self.creates_database {
            return self.plan_on(&mut open_existing(&self.url, self.lock_timeout)?, plan);
        }
        match connection::open_read_only(&self.url, self.lock_timeout)? {
            Some(mut conn) => self.plan_on(&mut conn, plan),
            None => plan(&[]),
        }
    }

    fn plan_on<'a>(
        &'a self,
        conn: &mut AnyConnection,
        plan: Planner<'_, 'a>,
    ) -> Result<Vec<MigrationStep<'a>>, CommandError> {
        match schema_state_of(conn, &self.scripts)? {
            SchemaState::Current | SchemaState::Pending(_) => {}
            SchemaState::Empty if self.creates_database => {}
            other => return Err(schema_error(&self.url, &other)),
        }
        plan(&list_migrations_of(conn, &self.scripts)?)
    }

    /// Makes a verified backup if there are rows that the steps could change.
    fn back_up(
        &self,
        conn: &mut AnyConnection,
        steps: &[MigrationStep<'_>],
    ) -> Result<Option<PathBuf>, CommandError> {
        let Some(dir) = &self.backup_dir else { return Ok(None) };
        if steps.iter().all(|step| step.recorded_script().is_some()) || !tables::has_rows(conn)? {
            return Ok(None);
        }
        let mut bar = self.output.progress();
        let options =
            BackupOptions { dir: dir.clone(), reason: BackupReason::BeforeMigrate, compress: false };
        let created = backup::create_backup(&self.url, &options, &mut |stage, done, total| {
            bar.show(stage, done, total);
        });
        drop(bar);
        let backup = created.map_err(|error| {
            CommandError::from(error).with_prefix("no backup could be made, so nothing was changed")
        })?;
        let Some(damage) = backup.manifest.repaired.first() else { return Ok(Some(backup.path)) };
        let message =
            format!("{} is damaged outside of its rows ({damage}), so nothing was changed", self.url);
        Err(CommandError::new(ExitCode::Refused, message).hint(format_args!(
            "restore the backup that was just made, which is intact: `botctl backup restore {}`; then run this again",
            backup.path.display()
        )))
    }
}

/// Opens an existing database read-only.
pub(super) fn open_existing(
    url: &DatabaseUrl,
    lock_timeout: Duration,
) -> Result<AnyConnection, CommandError> {
    connection::open_read_only(url, lock_timeout)?.ok_or_else(|| {
        CommandError::new(ExitCode::Unreachable, format!("there is no database at {url}"))
            .hint("`botctl migrate up` creates it; or name another one with --database-url")
    })
}
