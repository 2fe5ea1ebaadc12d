//! Which backups have had their time. Ages come from the manifests: a file's own time changes when it is copied.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use super::error::BackupError;
use super::list::{self, BackupState, ListedBackup};
use super::manifest::{self, BackupManifest};
use super::verify::checked_bytes;
use super::{files, work};
use crate::db::time;

/// What to keep. Where both are given, one that either of them keeps stays; where neither is, everything stays.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RetentionPolicy {
    /// Those that are not older than so many days.
    pub days: Option<u32>,
    /// The newest so many good ones of each database.
    pub last: Option<u32>,
}

/// What becomes of a backup, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PruneDecision {
    /// The backup.
    pub listed: ListedBackup,
    /// Whether it goes.
    pub goes: bool,
    /// Whether it is the last good one of its database.
    pub is_last_good: bool,
    /// Why.
    pub why: String,
}

/// Decides about all backups of a list that is [newest first](list::list). Those that are `known_bad` are not good whatever
/// they look like; they stay, for they are newer than the last good one.
#[must_use]
pub fn decide(
    all: &[ListedBackup],
    keep: RetentionPolicy,
    now: DateTime<Utc>,
    known_bad: &[PathBuf],
) -> Vec<PruneDecision> {
    let is_good = |listed: &ListedBackup| {
        listed.is_good() && listed.age(now).is_some() && !known_bad.contains(&listed.path)
    };
    let last_good = last_good(all, is_good);
    let mut good: HashMap<Option<String>, u32> = HashMap::new();
    let fates = all.iter().map(|listed| {
        let rank = is_good(listed).then(|| {
            let of_this = good.entry(database(listed)).or_default();
            *of_this += 1;
            *of_this
        });
        let last_good = last_good.get(&database(listed)).copied();
        let (goes, why) = if known_bad.contains(&listed.path) {
            (false, "its bytes have changed, and it is newer than the last good one".to_owned())
        } else {
            fate(listed, keep, now, last_good, rank)
        };
        PruneDecision { listed: listed.clone(), goes, is_last_good: last_good == Some(&listed.path), why }
    });
    fates.collect()
}

/// The database that a backup is of.
fn database(listed: &ListedBackup) -> Option<String> {
    listed.manifest.as_ref().map(|manifest| manifest.database.clone())
}

/// The last good backup of each database: one with tables in it, and, if there is any, one of a database that was whole.
fn last_good(
    all: &[ListedBackup],
    is_good: impl Fn(&ListedBackup) -> bool,
) -> HashMap<Option<String>, &Path> {
    let mut last = HashMap::new();
    let has_tables: fn(&BackupManifest) -> bool = |manifest| !manifest.rows.is_empty();
    let was_whole: fn(&BackupManifest) -> bool =
        |manifest| !manifest.rows.is_empty() && manifest.repaired.is_empty();
    for is_fit in [was_whole, has_tables] {
        let fit = |listed: &&ListedBackup| is_good(listed) && listed.manifest.as_ref().is_some_and(is_fit);
        for listed in all.iter().filter(fit) {
            last.entry(database(listed)).or_insert(listed.path.as_path());
        }
    }
    last
}

fn fate(
    listed: &ListedBackup,
    keep: RetentionPolicy,
    now: DateTime<Utc>,
    last_good: Option<&Path>,
    rank: Option<u32>,
) -> (bool, String) {
    if let BackupState::Unreadable(why) = &listed.state {
        return (false, why.clone());
    }
    if listed.manifest.is_none() {
        return (false, format!("{}, so its age is not known", listed.state.as_str()));
    }
    let Some(age) = listed.age(now) else { return (false, "its date is in the future".to_owned()) };
    if last_good == Some(&listed.path) {
        return (false, "the last good one".to_owned());
    }
    if let (Some(last), Some(rank)) = (keep.last, rank)
        && rank <= last
    {
        return (false, format!("one of the last {last}"));
    }
    // A damaged one is better than none.
    if last_good.is_none() && listed.state != BackupState::Missing {
        return (false, "there is no good one".to_owned());
    }
    match (keep.days, keep.last) {
        (Some(days), _) if age <= TimeDelta::days(i64::from(days)) => {
            (false, format!("not older than {days} days"))
        }
        (Some(days), None) => (true, format!("older than {days} days")),
        (Some(days), Some(last)) => (true, format!("older than {days} days and not one of the last {last}")),
        (None, Some(last)) => (true, format!("not one of the last {last}")),
        (None, None) => (false, "nothing says that it should go".to_owned()),
    }
}

/// Decides about the backups of a folder. Where others would go, the last good one is read first: if its bytes are no longer
/// those that it had, the next older one takes its place.
fn decide_checked(folder: &Path, keep: RetentionPolicy) -> Result<Vec<PruneDecision>, BackupError> {
    let (all, now) = (list::list_backups(folder)?, time::now());
    let (mut whole, mut bad) = (Vec::new(), Vec::new());
    loop {
        let fates = decide(&all, keep, now, &bad);
        let losing: HashSet<_> =
            fates.iter().filter(|fate| fate.goes).map(|fate| database(&fate.listed)).collect();
        let unread = fates.iter().find(|fate| {
            fate.is_last_good
                && losing.contains(&database(&fate.listed))
                && !whole.contains(&fate.listed.path)
        });
        let Some(PruneDecision { listed, .. }) = unread else { return Ok(fates) };
        let is_whole = checked_bytes(listed, &mut Vec::new(), &mut |_, _, _| {})?.is_some();
        let found = if is_whole { &mut whole } else { &mut bad };
        found.push(listed.path.clone());
    }
}

/// Decides about the backups of a folder and, unless it is only asked what would happen, removes those that go.
///
/// # Errors
/// When the folder cannot be read or a file cannot be removed.
pub fn prune_backups(
    folder: &Path,
    keep: RetentionPolicy,
    dry_run: bool,
) -> Result<Vec<PruneDecision>, BackupError> {
    if dry_run || !folder.exists() {
        return decide_checked(folder, keep);
    }
    let _lock = work::lock(folder, &mut || {})?;
    work::remove_stale_staging(folder)?;
    let fates = decide_checked(folder, keep)?;
    for PruneDecision { listed, .. } in fates.iter().filter(|fate| fate.goes) {
        // The artifact first: a manifest that is left alone is listed, and goes the next time.
        if listed.state != BackupState::Missing {
            fs::remove_file(&listed.path).map_err(BackupError::file("remove", &listed.path))?;
        }
        let manifest = manifest::path_of(&listed.path);
        fs::remove_file(&manifest).map_err(BackupError::file("remove", &manifest))?;
    }
    files::sync_folder(folder).map_err(BackupError::file("write to", folder))?;
    Ok(fates)
}
