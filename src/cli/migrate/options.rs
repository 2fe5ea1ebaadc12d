//! Options that several subcommands share.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::super::args::parse_duration;
use super::super::error::{CommandError, ExitCode};
use crate::migrate::{Dialect, MigrationSet, ScriptError};

/// How long to wait for others.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Waiting {
    /// How long to wait for a lock of another process, such as 90s, 5m or 1h
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_timeout)]
    pub(super) lock_timeout: Duration,
}

/// Which migrations.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Source {
    /// Use migrations from a directory like ./migrations instead of the built-in ones
    ///
    /// For developers of botctl: tries a migration without building the program again.
    #[arg(long, value_name = "DIR", hide = true)]
    source: Option<PathBuf>,
}

impl Source {
    pub(super) fn scripts(&self, dialect: Dialect) -> Result<Cow<'static, MigrationSet>, CommandError> {
        match &self.source {
            None => Ok(Cow::Borrowed(MigrationSet::built_in(dialect))),
            Some(folder) => Ok(Cow::Owned(MigrationSet::read(folder, dialect)?)),
        }
    }
}

impl From<ScriptError> for CommandError {
    fn from(error: ScriptError) -> Self {
        let hint = match &error {
            ScriptError::Unreadable { .. } => {
                "--source names a folder with sqlite/ and postgres/ in it, each migration with up.sql and down.sql"
            }
            ScriptError::Name(_) => "`botctl migrate new` makes folders with right names",
            ScriptError::Twice(..) => "give one of them another time",
            ScriptError::ScriptMetadata { .. } => "correct the file, or remove it",
            ScriptError::Transaction { .. } => {
                "take the statement out; or write run_in_transaction = false into metadata.toml, and know that \
                 a failure in the middle then leaves half of it"
            }
        };
        Self::new(ExitCode::Usage, error).hint(hint)
    }
}

/// Parses a duration that can be waited for.
fn parse_timeout(text: &str) -> Result<Duration, String> {
    const MAX: Duration = Duration::from_hours(24);
    parse_duration(text)
        .and_then(|timeout| if timeout <= MAX { Ok(timeout) } else { Err("24h at most".to_owned()) })
}
