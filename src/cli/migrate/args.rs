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
pub(crate) struct LockArgs {
    /// How long to wait for another run or a locked database: 90s, 5m, 1h.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_lock_timeout)]
    pub(crate) lock_timeout: Duration,
}

/// Arguments of every command about the schema.
#[derive(Args, Clone, Debug)]
pub(super) struct SchemaArgs {
    #[command(flatten)]
    pub(super) lock: LockArgs,
    /// Read the migrations from a directory like ./migrations instead of those built in
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
                "--source names a directory with sqlite/ and postgres/ in it, each migration with up.sql and down.sql"
            }
            ScriptError::Name(_) => "`botctl migrate new` creates directories with valid names",
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

/// Parses a duration that can be waited for; a number without a unit is seconds.
fn parse_lock_timeout(text: &str) -> Result<Duration, String> {
    const MAX: Duration = Duration::from_hours(24);
    let seconds = text.trim().parse().map(Duration::from_secs);
    seconds
        .or_else(|_| parse_duration(text))
        .and_then(|timeout| if timeout <= MAX { Ok(timeout) } else { Err("24h at most".to_owned()) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn lock_timeout_without_a_unit_is_seconds() {
        for (text, seconds) in [("0", 0), ("60", 60), ("60s", 60), ("5m", 300), ("24h", 86_400)] {
            assert_eq!(parse_lock_timeout(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["86401", "25h", "-1", "", "soon"] {
            assert!(parse_lock_timeout(wrong).is_err(), "{wrong}");
        }
    }
}
