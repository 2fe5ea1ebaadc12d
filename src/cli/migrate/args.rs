//! Arguments that several subcommands share.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::super::args::parse_duration;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use crate::config::database::DatabaseUrl;
use crate::migrate::{Dialect, MigrationSet, ScriptError};

#[derive(Args, Clone, Copy, Debug)]
pub(super) struct LockArgs {
    /// How long to wait for another run or a locked database: 90s, 5m, 1h.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_lock_timeout)]
    pub(super) lock_timeout: Duration,
}

/// Arguments of every command about the schema.
#[derive(Args, Clone, Debug)]
pub(super) struct SchemaArgs {
    #[command(flatten)]
    pub(super) lock: LockArgs,
    /// Read the migrations from a folder like ./migrations instead of those built in.
    ///
    /// For developing botctl: tries a migration before the program is built again.
    #[arg(long, value_name = "DIR", hide = true)]
    source: Option<PathBuf>,
}

impl SchemaArgs {
    pub(super) fn load_scripts(&self, url: &DatabaseUrl) -> Result<Cow<'static, MigrationSet>, CommandError> {
        let dialect = Dialect::of_url(url);
        match &self.source {
            None => Ok(Cow::Borrowed(MigrationSet::built_in(dialect))),
            Some(folder) => Ok(Cow::Owned(MigrationSet::read_folder(folder, dialect)?)),
        }
    }
}

impl From<ScriptError> for CommandError {
    fn from(error: ScriptError) -> Self {
        let hint = match &error {
            ScriptError::Unreadable { .. } => {
                "--source names a folder with sqlite/ and postgres/ in it, each migration with up.sql and down.sql"
            }
            ScriptError::Name(_) => "`botctl migrate new` creates folders with valid names",
            ScriptError::Twice(..) => "give one of them another timestamp",
            ScriptError::InvalidMetadata { .. } => "correct the file, or remove it",
            ScriptError::Transaction { .. } => {
                "remove the statement; or set run_in_transaction = false in metadata.toml, but then \
                 a failure in the middle leaves half of the migration applied"
            }
        };
        Self::new(ExitCode::Usage, error).hint(hint)
    }
}

/// Parses a duration that can be waited for.
fn parse_lock_timeout(text: &str) -> Result<Duration, String> {
    const MAX: Duration = Duration::from_hours(24);
    parse_duration(text)
        .and_then(|timeout| if timeout <= MAX { Ok(timeout) } else { Err("24h at most".to_owned()) })
}
