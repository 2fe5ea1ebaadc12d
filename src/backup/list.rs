//! The list of backups.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use super::error::BackupError;
use super::manifest::{BackupManifest, FORMAT};
use crate::db::lock_file::{expect_regular, open_regular};
use crate::db::time::CLOCK_SKEW;

pub(super) const ENDINGS: [&str; 3] = [".db", ".db.zst", ".dump"];
pub(super) const PREFIX: &str = "bot_database_";

/// A backup in a folder.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ListedBackup {
    pub(crate) path: PathBuf,
    /// `None` when it cannot be read.
    pub(crate) manifest: Option<BackupManifest>,
    pub(crate) state: BackupState,
}

/// The state of a backup, told without reading the artifact; only `verify` does that.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum BackupState {
    /// The artifact exists and has the right length.
    Good,
    Missing,
    WrongSize,
    /// The manifest is missing or cannot be parsed.
    BadManifest,
    Newer,
    /// The artifact or the manifest exists but cannot be read, for this reason.
    Unreadable(String),
}

impl BackupState {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Good => "good",
            Self::Missing => "file missing",
            Self::WrongSize => "wrong size",
            Self::BadManifest => "manifest unreadable",
            Self::Newer => "from a newer botctl",
            Self::Unreadable(reason) => reason,
        }
    }
}

impl ListedBackup {
    pub(crate) fn is_good(&self) -> bool {
        self.state == BackupState::Good
    }

    /// Returns its age; `None` without a readable date, or with one in the future.
    pub(crate) fn age(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        let age = now - self.manifest.as_ref()?.created_at;
        (age >= -CLOCK_SKEW).then_some(age.max(TimeDelta::zero()))
    }

    /// Tells whether its date lies in the future.
    pub(crate) fn is_in_future(&self, now: DateTime<Utc>) -> bool {
        self.manifest.is_some() && self.age(now).is_none()
    }

    /// Returns its state in words, and whether the database was damaged.
    pub(crate) fn describe_state(&self) -> String {
        let was_damaged = self.manifest.as_ref().is_some_and(|manifest| !manifest.repaired.is_empty());
        format!("{}{}", self.state.as_str(), if was_damaged { ", of a damaged database" } else { "" })
    }

    /// Returns the database that it is of.
    pub(super) fn database(&self) -> Option<String> {
        self.manifest.as_ref().map(|manifest| manifest.database.clone())
    }

    pub(crate) fn file_name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// Names the backups that cannot be read, with the reason for each; `None` if there are none.
pub(crate) fn describe_unreadable<'a>(all: impl IntoIterator<Item = &'a ListedBackup>) -> Option<String> {
    let describe = |listed: &ListedBackup| match &listed.state {
        BackupState::Unreadable(reason) => Some(format!("{} {reason}", listed.file_name())),
        _ => None,
    };
    let named: Vec<String> = all.into_iter().filter_map(describe).collect();
    (!named.is_empty()).then(|| named.join("; "))
}

/// Lists the backups of a folder, newest first, those without a readable date last. A missing folder has none.
pub(crate) fn list_backups(folder: &Path) -> Result<Vec<ListedBackup>, BackupError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(BackupError::file("read the directory", folder)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(BackupError::file("read the directory", folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(artifact) = name.strip_suffix(".json").filter(|name| is_artifact_name(name)) {
            found.push(read_backup(folder.join(artifact), &path));
        }
    }
    let date = |listed: &ListedBackup| listed.manifest.as_ref().map(|manifest| manifest.created_at);
    found.sort_by(|a, b| (date(b), &b.path).cmp(&(date(a), &a.path)));
    Ok(found)
}

pub(super) fn is_artifact_name(name: &str) -> bool {
    name.starts_with(PREFIX) && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Reads a manifest up to a size that none of ours has; what is cut there cannot be parsed.
fn read_manifest(path: &Path) -> io::Result<Vec<u8>> {
    const MAX_MANIFEST: u64 = 1024 * 1024;
    let mut text = Vec::new();
    open_regular(path)?.take(MAX_MANIFEST).read_to_end(&mut text)?;
    Ok(text)
}

/// Reads the state of an artifact and its manifest.
pub(super) fn read_backup(path: PathBuf, manifest: &Path) -> ListedBackup {
    #[derive(serde::Deserialize)]
    struct Format {
        format: u32,
    }
    let unreadable = |error: io::Error| BackupState::Unreadable(format!("cannot be read: {error}"));
    let text = match read_manifest(manifest) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return ListedBackup { path, manifest: None, state: unreadable(error) },
    };
    if serde_json::from_slice::<Format>(&text).is_ok_and(|known| known.format > FORMAT) {
        return ListedBackup { path, manifest: None, state: BackupState::Newer };
    }
    let Ok(manifest) = serde_json::from_slice::<BackupManifest>(&text) else {
        return ListedBackup { path, manifest: None, state: BackupState::BadManifest };
    };
    let found = fs::metadata(&path).and_then(|file| expect_regular(&file).map(|()| file));
    let state = match found {
        Ok(file) if file.len() == manifest.size => BackupState::Good,
        Ok(_) => BackupState::WrongSize,
        Err(error) if error.kind() == io::ErrorKind::NotFound => BackupState::Missing,
        Err(error) => unreadable(error),
    };
    ListedBackup { path, manifest: Some(manifest), state }
}
