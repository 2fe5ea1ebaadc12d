//! The rules that keep a number of backups: the newest ones, and the newest one of each hour, day, week or month, as restic
//! counts them.

use std::collections::HashMap;
use std::path::Path;

use chrono_tz::Tz;

use super::list::ListedBackup;
use crate::config::backup::KeepRules;

/// A kind of period with the form that names one. An hour that the clock shows twice has two offsets.
const PERIODS: [(&str, &str); 4] =
    [("hour", "%Y-%m-%d %H:00 %z"), ("day", "%Y-%m-%d"), ("week", "%G week %V"), ("month", "%Y-%m")];

impl KeepRules {
    fn periods(self) -> [Option<u32>; 4] {
        [self.hourly, self.daily, self.weekly, self.monthly]
    }
}

/// How many backups of a database were seen, and for each kind of period how many are kept and the last one that is.
type Counters = (u32, [(u32, String); 4]);

/// Returns which of the good backups, newest first, a rule about numbers keeps, each with the reason. Every database has its
/// own numbers.
pub(super) fn kept_by_count<'a>(
    good: impl Iterator<Item = &'a ListedBackup>,
    keep: KeepRules,
    zone: Tz,
) -> HashMap<&'a Path, String> {
    let mut databases: HashMap<Option<String>, Counters> = HashMap::new();
    let mut kept = HashMap::new();
    for backup in good {
        let Some(manifest) = &backup.manifest else { continue };
        let (rank, periods) = databases.entry(backup.database()).or_default();
        let mut reasons = Vec::new();
        *rank += 1;
        if let Some(last) = keep.last.filter(|last| *rank <= *last) {
            reasons.push(format!("one of the last {last}"));
        }
        let rules = PERIODS.into_iter().zip(keep.periods()).zip(periods);
        for (((kind, form), wanted), (count, newest)) in rules {
            let period = manifest.created_at.with_timezone(&zone).format(form).to_string();
            if wanted.is_some_and(|wanted| *count < wanted) && *newest != period {
                reasons.push(format!("the newest of the {kind} {}", period.trim_start_matches(kind)));
                (*count, *newest) = (*count + 1, period);
            }
        }
        if !reasons.is_empty() {
            kept.insert(backup.path.as_path(), reasons.join(", "));
        }
    }
    kept
}

/// Describes a backup that no rule keeps; `None` if there are no rules.
pub(super) fn describe_rules(keep: KeepRules) -> Option<String> {
    let periods = PERIODS.into_iter().zip(keep.periods());
    let of_periods = periods.filter_map(|((kind, _), wanted)| {
        Some(format!("not the newest of one of the last {} {kind}s", wanted?))
    });
    let rules: Vec<String> = keep
        .days
        .map(|days| format!("older than {days} days"))
        .into_iter()
        .chain(keep.last.map(|last| format!("not one of the last {last}")))
        .chain(of_periods)
        .collect();
    match rules.split_last()? {
        (only, []) => Some(only.clone()),
        (last, others) => Some(format!("{} and {last}", others.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::collections::BTreeMap;

    use chrono::{DateTime, TimeDelta, Utc};

    use super::super::list::BackupState;
    use super::super::manifest::{BackupManifest, BackupReason, DatabaseKind, FORMAT};
    use super::*;

    fn backup(at: DateTime<Utc>, database: &str) -> ListedBackup {
        let manifest = BackupManifest {
            format: FORMAT,
            created_at: at,
            reason: BackupReason::Interval,
            backend: DatabaseKind::Sqlite,
            database: database.to_owned(),
            schema: None,
            rows: BTreeMap::new(),
            broken_references: 0,
            repaired: Vec::new(),
            left_out: Vec::new(),
            size: 1,
            sha256: String::new(),
            compressed: false,
            botctl: String::new(),
        };
        let path = format!("{database} {}", at.format("%m-%d %H:%M")).into();
        ListedBackup { path, manifest: Some(manifest), state: BackupState::Good }
    }

    /// A backup each `minutes`, back from this moment.
    fn series(from: &str, minutes: i64, count: i64) -> Vec<ListedBackup> {
        let from: DateTime<Utc> = from.parse().unwrap();
        (0..count).map(|index| backup(from - TimeDelta::minutes(minutes * index), "a")).collect()
    }

    fn kept(all: &[ListedBackup], keep: KeepRules, zone: Tz) -> Vec<String> {
        let kept = kept_by_count(all.iter(), keep, zone);
        let names = all.iter().filter(|backup| kept.contains_key(backup.path.as_path()));
        names.map(|backup| backup.path.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn newest_of_each_period_is_kept() {
        let quarters = series("2026-11-27T10:40:00Z", 15, 12);
        let hourly = KeepRules { hourly: Some(3), ..KeepRules::default() };
        assert_eq!(kept(&quarters, hourly, Tz::UTC), ["a 11-27 10:40", "a 11-27 09:55", "a 11-27 08:55"]);
        let days = series("2026-11-27T10:00:00Z", 12 * 60, 200);
        let daily = KeepRules { daily: Some(2), ..KeepRules::default() };
        assert_eq!(kept(&days, daily, Tz::UTC), ["a 11-27 10:00", "a 11-26 22:00"]);
        // Weeks begin on Monday: the 23rd is one.
        let weekly = KeepRules { weekly: Some(2), ..KeepRules::default() };
        assert_eq!(kept(&days, weekly, Tz::UTC), ["a 11-27 10:00", "a 11-22 22:00"]);
        let monthly = KeepRules { monthly: Some(3), last: Some(1), ..KeepRules::default() };
        assert_eq!(kept(&days, monthly, Tz::UTC), ["a 11-27 10:00", "a 10-31 22:00", "a 09-30 22:00"]);
    }

    #[test]
    fn periods_are_those_of_the_zone_and_an_hour_shown_twice_counts_twice() {
        let evening = series("2026-11-26T21:30:00Z", 60, 3);
        let daily = KeepRules { daily: Some(1), ..KeepRules::default() };
        assert_eq!(kept(&evening, daily, Tz::UTC), ["a 11-26 21:30"]);
        let two = KeepRules { daily: Some(2), ..KeepRules::default() };
        // In Moscow the 27th begins at 21:00 UTC.
        assert_eq!(kept(&evening, two, Tz::Europe__Moscow), ["a 11-26 21:30", "a 11-26 20:30"]);
        let back = series("2026-10-25T01:30:00Z", 60, 2);
        let hourly = KeepRules { hourly: Some(5), ..KeepRules::default() };
        assert_eq!(kept(&back, hourly, Tz::Europe__Berlin).len(), 2);
    }

    #[test]
    fn databases_are_counted_apart() {
        let mut all = series("2026-11-27T10:40:00Z", 15, 2);
        all.push(backup("2026-11-27T10:00:00Z".parse().unwrap(), "b"));
        let last = KeepRules { last: Some(1), ..KeepRules::default() };
        assert_eq!(kept(&all, last, Tz::UTC), ["a 11-27 10:40", "b 11-27 10:00"]);
    }

    #[test]
    fn removal_names_every_rule() {
        assert_eq!(describe_rules(KeepRules::default()), None);
        let keep = KeepRules { days: Some(2), last: Some(3), weekly: Some(8), ..KeepRules::default() };
        let text = "older than 2 days, not one of the last 3 and not the newest of one of the last 8 weeks";
        assert_eq!(describe_rules(keep).unwrap(), text);
    }
}
