//! Options that several subcommands share.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::super::exit::{Code, Failure};
use crate::migrate::{Dialect, MigrationSet, ScriptError};

/// How long to wait for others.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Waiting {
    /// How long to wait for another run, or for whoever has locked the database: 90s, 5m, 1h.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(super) lock_timeout: Duration,
}

/// Which migrations.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Source {
    /// Read the migrations from a folder that looks like ./migrations instead of those built in.
    ///
    /// For whoever works on botctl: it tries a migration before the program is built again.
    #[arg(long, value_name = "DIR", hide = true)]
    source: Option<PathBuf>,
}

impl Source {
    pub(super) fn scripts(&self, dialect: Dialect) -> Result<Cow<'static, MigrationSet>, Failure> {
        match &self.source {
            None => Ok(Cow::Borrowed(MigrationSet::built_in(dialect))),
            Some(folder) => Ok(Cow::Owned(MigrationSet::read(folder, dialect)?)),
        }
    }
}

impl From<ScriptError> for Failure {
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
        Self::new(Code::Usage, error).hint(hint)
    }
}

/// A number with s, m or h behind it; seconds without.
fn duration(text: &str) -> Result<Duration, String> {
    const LONGEST: u64 = 24 * 3600;
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let factor = match text[digits.len()..].trim() {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err("write 90s, 5m or 1h".to_owned()),
    };
    let number: u64 = digits.parse().map_err(|_| "write 90s, 5m or 1h".to_owned())?;
    let seconds = number.saturating_mul(factor);
    if seconds > LONGEST { Err("24h at the most".to_owned()) } else { Ok(Duration::from_secs(seconds)) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_time_has_a_unit() {
        let seconds = |text| duration(text).map(|time| time.as_secs());
        assert_eq!(seconds("60s"), Ok(60));
        assert_eq!(seconds("0"), Ok(0));
        assert_eq!(seconds("5m"), Ok(300));
        assert_eq!(seconds("24h"), Ok(86_400));
        for wrong in ["", "s", "1d", "-1s", "1.5h", "25h", "99999999999999999999h", "1 week"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
