//! Removing old backups. Ages come from the manifests: a file's own time changes when it is copied.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::error::BackupError;
use super::list::{self, BackupState, ListedBackup};
use super::manifest::{BackupManifest, BackupReason, manifest_path};
use super::verify::check_bytes;
use super::{files, retention, staging};
use crate::config::backup::KeepRules;
use crate::db::time;

/// What to keep.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RetentionPolicy {
    pub(crate) keep: KeepRules,
    /// The zone whose hours, days, weeks and months count.
    pub(crate) zone: Tz,
    /// Whether it also removes younger backups that were made before a change.
    pub(crate) includes_safety: bool,
}

/// How long a backup stays that was made before a migration, an adoption or a restore: that a change went wrong may show
/// only at the end of a quarter.
const SAFETY_DAYS: i64 = 90;

/// Whether a backup is removed, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PruneDecision {
    pub(crate) backup: ListedBackup,
    pub(crate) is_removed: bool,
    /// Whether it is the last good one of its database.
    is_last_good: bool,
    pub(crate) reason: String,
}

/// Decides about all backups of a list, newest first. Those that are `known_bad` do not count as good; they stay, because
/// they are newer than the last good one.
fn decide_retention(
    all: &[ListedBackup],
    policy: RetentionPolicy,
    now: DateTime<Utc>,
    known_bad: &[PathBuf],
) -> Vec<PruneDecision> {
    let is_good = |backup: &ListedBackup| {
        backup.is_good() && backup.age(now).is_some() && !known_bad.contains(&backup.path)
    };
    let last_good = last_good(all, is_good);
    let kept_by_rule =
        retention::kept_by_count(all.iter().filter(|backup| is_good(backup)), policy.keep, policy.zone);
    let decisions = all.iter().map(|backup| {
        let last_good = last_good.get(&backup.database()).copied();
        let (is_removed, reason) = if known_bad.contains(&backup.path) {
            (false, "its bytes have changed, and it is newer than the last good one".to_owned())
        } else {
            decide_one(backup, policy, now, last_good, kept_by_rule.get(backup.path.as_path()).cloned())
        };
        PruneDecision {
            backup: backup.clone(),
            is_removed,
            is_last_good: last_good == Some(&backup.path),
            reason,
        }
    });
    decisions.collect()
}

/// Returns the last good backup of each database: one with tables, and of an undamaged database if there is any.
fn last_good(
    all: &[ListedBackup],
    is_good: impl Fn(&ListedBackup) -> bool,
) -> HashMap<Option<String>, &Path> {
    let mut last = HashMap::new();
    let has_tables: fn(&BackupManifest) -> bool = |manifest| !manifest.rows.is_empty();
    let was_intact: fn(&BackupManifest) -> bool =
        |manifest| !manifest.rows.is_empty() && manifest.repaired.is_empty();
    for is_fit in [was_intact, has_tables] {
        let fit = |backup: &&ListedBackup| is_good(backup) && backup.manifest.as_ref().is_some_and(is_fit);
        for backup in all.iter().filter(fit) {
            last.entry(backup.database()).or_insert(backup.path.as_path());
        }
    }
    last
}

fn decide_one(
    backup: &ListedBackup,
    policy: RetentionPolicy,
    now: DateTime<Utc>,
    last_good: Option<&Path>,
    kept_by_rule: Option<String>,
) -> (bool, String) {
    if let BackupState::Unreadable(reason) = &backup.state {
        return (false, reason.clone());
    }
    if backup.manifest.is_none() {
        return (false, format!("{}, so its age is not known", backup.state.as_str()));
    }
    let Some(age) = backup.age(now) else { return (false, "its date is in the future".to_owned()) };
    if last_good == Some(&backup.path) {
        return (false, "the last good one".to_owned());
    }
    if let Some(reason) = kept_by_rule {
        return (false, reason);
    }
    // A damaged one is better than none.
    if last_good.is_none() && backup.state != BackupState::Missing {
        return (false, "there is no good one".to_owned());
    }
    if !policy.includes_safety && is_safety_backup(backup) && age < TimeDelta::days(SAFETY_DAYS) {
        return (false, format!("made before a change, and younger than {SAFETY_DAYS} days"));
    }
    match policy.keep.days {
        Some(days) if age <= TimeDelta::days(i64::from(days)) => {
            (false, format!("not older than {days} days"))
        }
        _ => match retention::describe_rules(policy.keep) {
            Some(rules) => (true, rules),
            None => (false, "no rule removes it".to_owned()),
        },
    }
}

fn is_safety_backup(backup: &ListedBackup) -> bool {
    let reason = backup.manifest.as_ref().map(|manifest| manifest.reason);
    match reason {
        Some(
            BackupReason::BeforeMigrate
            | BackupReason::BeforeAdopt
            | BackupReason::BeforeRestore
            | BackupReason::BeforeImport,
        ) => true,
        Some(BackupReason::Manual | BackupReason::Daily | BackupReason::Interval) | None => false,
    }
}

/// Decides about the backups of a folder. Before others are removed, the last good one is read: if its bytes have changed,
/// the next older one takes its place.
fn decide_checked(folder: &Path, policy: RetentionPolicy) -> Result<Vec<PruneDecision>, BackupError> {
    let (all, now) = (list::list_backups(folder)?, time::now());
    let (mut intact, mut bad) = (Vec::new(), Vec::new());
    loop {
        let decisions = decide_retention(&all, policy, now, &bad);
        let losing: HashSet<_> = decisions
            .iter()
            .filter(|decision| decision.is_removed)
            .map(|decision| decision.backup.database())
            .collect();
        let unread = decisions.iter().find(|decision| {
            decision.is_last_good
                && losing.contains(&decision.backup.database())
                && !intact.contains(&decision.backup.path)
        });
        let Some(PruneDecision { backup, .. }) = unread else { return Ok(decisions) };
        let is_intact = check_bytes(backup, &mut Vec::new(), &mut |_, _, _| {})?.is_some();
        let found = if is_intact { &mut intact } else { &mut bad };
        found.push(backup.path.clone());
    }
}

/// Decides about the backups of a folder and, unless `dry_run`, removes those that are not kept.
pub(crate) fn prune_backups(
    folder: &Path,
    policy: RetentionPolicy,
    dry_run: bool,
) -> Result<Vec<PruneDecision>, BackupError> {
    if dry_run || !folder.exists() {
        return decide_checked(folder, policy);
    }
    let _lock = staging::lock_backup_dir(folder, &mut || {})?;
    staging::remove_stale_staging(folder)?;
    let decisions = decide_checked(folder, policy)?;
    for PruneDecision { backup, .. } in decisions.iter().filter(|decision| decision.is_removed) {
        // The artifact first: a manifest that is left alone is still listed, and removed the next time.
        if backup.state != BackupState::Missing {
            fs::remove_file(&backup.path).map_err(BackupError::file("remove", &backup.path))?;
        }
        let manifest = manifest_path(&backup.path);
        fs::remove_file(&manifest).map_err(BackupError::file("remove", &manifest))?;
    }
    files::sync_file(folder).map_err(BackupError::file("write to", folder))?;
    Ok(decisions)
}
