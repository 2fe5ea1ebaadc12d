//! Where backups go, when they are made, how long they are kept, and what runs after each.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{NaiveTime, TimeDelta};

use super::problem::Problems;
use super::reader::{
    ConfigReader, ValueError, parse_number, parse_path, parse_span, parse_time_of_day, unexpanded_prefix,
};
use super::secret::quote_value;
use super::sources::Sources;

/// How old the last backup may be when one is made daily: a day, plus the time to create one.
const MAX_DAILY_AGE: TimeDelta = TimeDelta::hours(26);
/// The same beyond two intervals, for a slow disk and a restart.
const INTERVAL_SLACK: TimeDelta = TimeDelta::minutes(10);

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct BackupConfig {
    /// Where they go.
    pub dir: PathBuf,
    /// Which stay when old ones are removed.
    pub keep: KeepRules,
    /// When the daily one is made, local time; `None` is never.
    pub time: Option<NaiveTime>,
    /// Between further ones; `None` for none.
    pub interval: Option<Duration>,
    pub hook: Option<BackupHook>,
}

/// Which backups of a database stay: those that a rule keeps. Without rules, all.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct KeepRules {
    /// Those that are not older than this.
    pub days: Option<u32>,
    /// The newest ones.
    pub last: Option<u32>,
    /// The newest one of each of the newest hours that have one, and so on.
    pub hourly: Option<u32>,
    pub daily: Option<u32>,
    pub weekly: Option<u32>,
    pub monthly: Option<u32>,
}

/// A command that runs after a backup, with its path as the last argument. No shell is involved.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct BackupHook {
    pub program: String,
    pub arguments: Vec<String>,
    /// After this time it is ended.
    pub timeout: Duration,
}

impl BackupConfig {
    /// Reads this concern alone.
    pub(crate) fn load(sources: &Sources) -> Result<Self, Problems> {
        ConfigReader::load(sources, Self::read)
    }

    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let dir = reader.read_value("BACKUP_DIR", parse_path);
        let keep = KeepRules::read(reader);
        // Here an empty value means something: no daily backup.
        let time = match reader.sources().get("BACKUP_TIME") {
            Some(found) if found.text.is_empty() => Some(None),
            _ => reader.read_value("BACKUP_TIME", parse_time_of_day).map(Some),
        };
        let minute = Duration::from_mins(1);
        let interval = reader.read_optional("BACKUP_INTERVAL", parse_span(minute, Duration::from_hours(168)));
        let hook = reader.read_optional("BACKUP_HOOK", parse_hook_command);
        let timeout = reader
            .read_value("BACKUP_HOOK_TIMEOUT", parse_span(Duration::from_secs(1), Duration::from_hours(24)));
        let timeout = timeout?;
        let hook = hook?.map(|(program, arguments)| BackupHook { program, arguments, timeout });
        Some(Self { dir: dir?, keep: keep?, time: time?, interval: interval?, hook })
    }

    /// Returns how old the last backup may be; `None` if none is scheduled.
    pub(crate) fn max_age(&self) -> Option<TimeDelta> {
        let interval = self.interval.and_then(|interval| TimeDelta::from_std(interval).ok());
        let by_interval = interval.map(|interval| interval * 2 + INTERVAL_SLACK);
        let by_day = self.time.map(|_| MAX_DAILY_AGE);
        by_interval.into_iter().chain(by_day).min()
    }
}

impl KeepRules {
    fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let mut count = |name| reader.read_optional(name, parse_number(1..=36_500));
        let last = count("BACKUP_KEEP_LAST");
        let (hourly, daily) = (count("BACKUP_KEEP_HOURLY"), count("BACKUP_KEEP_DAILY"));
        let (weekly, monthly) = (count("BACKUP_KEEP_WEEKLY"), count("BACKUP_KEEP_MONTHLY"));
        let is_other_set = [last, hourly, daily, weekly, monthly].iter().any(|rule| *rule != Some(None));
        // Its default would keep everything that the other rules remove.
        let days = match reader.sources().get("BACKUP_KEEP_DAYS") {
            None if is_other_set => Some(None),
            _ => reader.read_value("BACKUP_KEEP_DAYS", parse_number(1..=36_500)).map(Some),
        };
        Some(Self {
            days: days?,
            last: last?,
            hourly: hourly?,
            daily: daily?,
            weekly: weekly?,
            monthly: monthly?,
        })
    }
}

/// Splits a command at spaces. What only a shell would understand is an error.
fn parse_hook_command(text: &str) -> Result<(String, Vec<String>), ValueError> {
    let shell = text.contains(['\'', '"', '`', '|', '&', ';', '<', '>', '\\', '*'])
        || text.split_whitespace().any(|word| unexpanded_prefix(word).is_some());
    if shell {
        return Err(ValueError::new(
            format!("{} needs a shell, and none is used", quote_value(text)),
            "write a program and its arguments, separated by spaces; put everything else into a script",
        ));
    }
    let mut words = text.split_whitespace().map(str::to_owned);
    let program = words.next().unwrap_or_default();
    Ok((program, words.collect()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::path::Path;

    use super::*;

    fn load(values: &[(&str, &str)]) -> Result<BackupConfig, Problems> {
        let flags = values.iter().copied();
        BackupConfig::load(&Sources::gather_with(Some(Path::new("/dev/null")), flags, []).unwrap())
    }

    #[test]
    fn another_rule_takes_the_place_of_the_default_days() {
        assert_eq!(load(&[]).unwrap().keep, KeepRules { days: Some(30), ..KeepRules::default() });
        let weekly = load(&[("BACKUP_KEEP_WEEKLY", "8")]).unwrap().keep;
        assert_eq!(weekly, KeepRules { weekly: Some(8), ..KeepRules::default() });
        let both = load(&[("BACKUP_KEEP_WEEKLY", "8"), ("BACKUP_KEEP_DAYS", "2")]).unwrap().keep;
        assert_eq!(both, KeepRules { weekly: Some(8), days: Some(2), ..KeepRules::default() });
        let wrong = load(&[("BACKUP_KEEP_WEEKLY", "some")]).unwrap_err();
        assert_eq!((wrong.len(), wrong.iter().next().unwrap().variable.as_str()), (1, "BACKUP_KEEP_WEEKLY"));
    }

    #[test]
    fn hook_is_a_program_with_arguments_and_no_shell() {
        let hook = load(&[("BACKUP_HOOK", "/opt/offsite  --quiet bot")]).unwrap().hook.unwrap();
        assert_eq!((hook.program.as_str(), hook.timeout), ("/opt/offsite", Duration::from_mins(10)));
        assert_eq!(hook.arguments, ["--quiet", "bot"]);
        for shell in
            ["cp \"$1\" /mnt", "~/offsite", "rsync $FILE host:", "a | b", "a && b", "$HOME/offsite", "a>b"]
        {
            let error = load(&[("BACKUP_HOOK", shell)]).unwrap_err().to_string();
            assert!(error.contains("needs a shell") || error.contains("quotation"), "{shell}: {error}");
        }
    }

    #[test]
    fn last_backup_may_be_as_old_as_the_denser_schedule_allows() {
        let max = |values: &[(&str, &str)]| load(values).unwrap().max_age().map(|age| age.num_minutes());
        assert_eq!(max(&[]), Some(26 * 60));
        assert_eq!(max(&[("BACKUP_INTERVAL", "15m")]), Some(40));
        assert_eq!(max(&[("BACKUP_INTERVAL", "2d")]), Some(26 * 60));
        assert_eq!(max(&[("BACKUP_TIME", ""), ("BACKUP_INTERVAL", "2d")]), Some(4 * 24 * 60 + 10));
        assert_eq!(max(&[("BACKUP_TIME", "")]), None);
        for wrong in ["15", "10s", "8d", "soon"] {
            assert!(load(&[("BACKUP_INTERVAL", wrong)]).is_err(), "{wrong}");
        }
    }
}
