//! What every command gets: the global arguments, the configuration, the output, and access to the database.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;

use super::args::GlobalArgs;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::output::{self, Output};
use super::schema_state::schema_error;
use crate::config::backup::BackupConfig;
use crate::config::database::{DatabaseConfig, DatabaseUrl};
use crate::config::schedule::ScheduleConfig;
use crate::config::{DEFAULT_ENV_FILE, Problems, Secret, Sources, output_redactor};
use crate::db::{self, AnyConnection, connection, lock};
use crate::migrate::{self, SchemaState};

/// How long to wait for another program's lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// The surroundings in which a command runs.
pub(super) struct CommandContext {
    args: GlobalArgs,
    /// Read once: an env file that is a pipe is empty at a second reading, and the command would continue with the default
    /// database.
    sources: OnceCell<Sources>,
}

impl CommandContext {
    pub(super) fn new(args: GlobalArgs) -> Self {
        Self { args, sources: OnceCell::new() }
    }

    pub(super) fn output(&self) -> Output {
        Output::new(self.args.json, self.args.quiet, self.args.verbose)
    }

    /// The variables of the flags, the environment and the env file.
    ///
    /// Warns about names that are probably misspelt: the command may continue with a default that was not meant.
    pub(super) fn sources(&self) -> Result<&Sources, CommandError> {
        if let Some(sources) = self.sources.get() {
            return Ok(sources);
        }
        let sources = self.read_sources()?;
        for warning in sources.typos() {
            self.output().warn(&warning);
        }
        match sources.env_file() {
            Some(file) => {
                self.output().detail(format_args!("read the environment and {}", file.path().display()));
            }
            None => self.output().detail("read the environment; there is no env file"),
        }
        Ok(self.sources.get_or_init(|| sources))
    }

    /// Like `sources`, for a command that continues if the env file cannot be read, and reports misspelt names itself.
    pub(super) fn read_sources(&self) -> Result<Sources, Problems> {
        let sources = Sources::gather(self.args.env_file.as_deref(), self.args.variables())?;
        output::set_redactor(output_redactor(&sources));
        Ok(sources)
    }

    /// Where the env file is or would be.
    pub(super) fn env_file_path(&self) -> PathBuf {
        self.args.env_file.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_ENV_FILE))
    }

    /// The database that the command line names.
    pub(super) fn flag_database_url(&self) -> Option<Secret<String>> {
        self.args.database_url.clone().map(Secret::new)
    }

    /// The variables that flags set, alone.
    pub(super) fn sources_without_env_file(&self) -> Sources {
        let sources = Sources::without_env_file(self.args.variables());
        output::set_redactor(output_redactor(&sources));
        sources
    }

    pub(super) fn backup_config(&self) -> Result<BackupConfig, CommandError> {
        Ok(BackupConfig::load(self.sources()?)?)
    }

    /// The configured time zone.
    pub(super) fn timezone(&self) -> Result<Tz, CommandError> {
        Ok(ScheduleConfig::load_timezone(self.sources()?)?)
    }

    /// The configured database.
    pub(super) fn database_url(&self) -> Result<DatabaseUrl, CommandError> {
        Ok(DatabaseConfig::load(self.sources()?)?.url)
    }

    /// Adds the configured database to an error that does not name one, if the command has read the configuration.
    pub(super) fn complete_error(&self, error: CommandError) -> CommandError {
        let url = self.sources.get().and_then(|sources| DatabaseConfig::load(sources).ok());
        error.with_database(url.map(|config| config.url).as_ref())
    }

    /// Opens the configured database for reading; never creates one.
    pub(super) fn open_existing_database(&self) -> Result<AnyConnection, CommandError> {
        let url = self.database_url()?;
        connection::open_read_only(&url, LOCK_TIMEOUT)?.ok_or_else(|| {
            CommandError::new(ExitCode::Unreachable, format!("there is no database at {url}"))
                .hint("`botctl serve` creates it at its first start; or name another one with --database-url")
        })
    }

    /// Opens the configured database, whose schema must be the one of this program.
    pub(super) fn open_current_database(&self) -> Result<AnyConnection, CommandError> {
        let mut conn = self.open_existing_database()?;
        match migrate::schema_state(&mut conn)? {
            SchemaState::Current => Ok(conn),
            other => Err(schema_error(&self.database_url()?, &other)),
        }
    }

    /// Runs a change in one transaction. A `serve` may be running, but no migration and no restore.
    pub(super) fn in_transaction<T, E: From<db::Error>>(
        &self,
        change: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
    ) -> Result<Result<T, E>, CommandError> {
        drop(self.open_current_database()?);
        let url = self.database_url()?;
        let _lock = lock::acquire_migrate_lock(&url, LOCK_TIMEOUT)?;
        Ok(db::in_new_transaction(&url, change))
    }
}
