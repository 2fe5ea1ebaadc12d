//! Which backups have had their time. Ages come from the manifests: a file's own time changes when it is copied.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::error::BackupError;
use super::list::{self, Listed, State};
use super::{files, manifest, work};
use crate::db::time;

/// What to keep. Where both are given, one that either of them keeps stays; where neither is, everything stays.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Keep {
    /// Those that are not older than so many days.
    pub days: Option<u32>,
    /// The newest so many good ones.
    pub last: Option<u32>,
}

/// What becomes of a backup, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fate {
    /// The backup.
    pub listed: Listed,
    /// Whether it goes.
    pub goes: bool,
    /// Why.
    pub why: String,
}

/// Decides about all backups of a list that is [newest first](list::list).
#[must_use]
pub fn decide(all: Vec<Listed>, keep: Keep, now: DateTime<Utc>) -> Vec<Fate> {
    let (mut seen, mut good) = (HashSet::new(), 0);
    let fates = all.into_iter().map(|listed| {
        let is_good = listed.is_good() && listed.age(now).is_some();
        let database = listed.manifest.as_ref().map(|manifest| manifest.database.clone());
        let is_last_good = is_good && seen.insert(database);
        good += u32::from(is_good);
        let (goes, why) = fate(&listed, keep, now, is_last_good, is_good.then_some(good));
        Fate { listed, goes, why }
    });
    fates.collect()
}

fn fate(
    listed: &Listed,
    keep: Keep,
    now: DateTime<Utc>,
    is_last_good: bool,
    rank: Option<u32>,
) -> (bool, String) {
    if listed.manifest.is_none() {
        return (false, format!("{}, so its age is not known", listed.state.as_str()));
    }
    let Some(age) = listed.age(now) else { return (false, "its date is in the future".to_owned()) };
    if is_last_good {
        return (false, "the last good one".to_owned());
    }
    if let (Some(last), Some(rank)) = (keep.last, rank)
        && rank <= last
    {
        return (false, format!("one of the last {last}"));
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

/// Decides about the backups of a folder and, unless it is only asked what would happen, removes those that go.
///
/// # Errors
/// When the folder cannot be read or a file cannot be removed.
pub fn prune(folder: &Path, keep: Keep, dry_run: bool) -> Result<Vec<Fate>, BackupError> {
    if dry_run || !folder.exists() {
        return Ok(decide(list::list(folder)?, keep, time::now()));
    }
    let _lock = work::lock(folder, &mut || {})?;
    work::clear(folder)?;
    let fates = decide(list::list(folder)?, keep, time::now());
    for Fate { listed, .. } in fates.iter().filter(|fate| fate.goes) {
        // The artifact first: a manifest that is left alone is listed, and goes the next time.
        if listed.state != State::Missing {
            fs::remove_file(&listed.path).map_err(BackupError::file("remove", &listed.path))?;
        }
        let manifest = manifest::path_of(&listed.path);
        fs::remove_file(&manifest).map_err(BackupError::file("remove", &manifest))?;
    }
    files::sync_folder(folder).map_err(BackupError::file("write to", folder))?;
    Ok(fates)
}
