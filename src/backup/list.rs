//! Which backups are there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use super::error::BackupError;
use super::manifest::{BackupManifest, FORMAT};

/// Endings of artifacts.
pub(super) const ENDINGS: [&str; 3] = [".db", ".db.zst", ".dump"];
/// How the names of artifacts begin.
pub(super) const PREFIX: &str = "bot_database_";
/// How far clocks of machines that share a folder may differ.
const CLOCKS: TimeDelta = TimeDelta::minutes(5);

/// A backup that was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedBackup {
    /// The artifact.
    pub path: PathBuf,
    /// What is known about it; `None` when that cannot be read.
    pub manifest: Option<BackupManifest>,
    /// Whether it looks good.
    pub state: BackupState,
}

/// Whether a backup looks good without reading it; whether it is good only `verify` can say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BackupState {
    /// The artifact is there, as long as it was.
    Good,
    /// The artifact is not there.
    Missing,
    /// The artifact has another length than it had.
    WrongSize,
    /// The manifest cannot be read.
    BadManifest,
    /// The manifest is one of a newer botctl.
    Newer,
    /// Artifact or manifest is there and cannot be looked at; in words.
    Unreadable(String),
}

impl BackupState {
    /// In words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Good => "good",
            Self::Missing => "file missing",
            Self::WrongSize => "wrong size",
            Self::BadManifest => "manifest unreadable",
            Self::Newer => "from a newer botctl",
            Self::Unreadable(why) => why,
        }
    }
}

impl ListedBackup {
    /// Whether it looks good.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.state == BackupState::Good
    }

    /// Its age; `None` when that is not known, or when it says that it was made in the future.
    #[must_use]
    pub fn age(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        let age = now - self.manifest.as_ref()?.created_at;
        (age >= -CLOCKS).then_some(age.max(TimeDelta::zero()))
    }

    /// Its state, and whether the database was damaged when it was made, in words.
    #[must_use]
    pub fn words(&self) -> String {
        let was_damaged = self.manifest.as_ref().is_some_and(|manifest| !manifest.repaired.is_empty());
        format!("{}{}", self.state.as_str(), if was_damaged { ", of a damaged database" } else { "" })
    }

    /// Its file name.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// The backups of a folder, newest first, those without a readable date last. A folder that is not there has none.
///
/// # Errors
/// When the folder cannot be read.
pub fn list_backups(folder: &Path) -> Result<Vec<ListedBackup>, BackupError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(BackupError::file("read the folder", folder)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(BackupError::file("read the folder", folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(artifact) = name.strip_suffix(".json").filter(|name| is_artifact(name)) {
            found.push(look(folder.join(artifact), &path));
        }
    }
    let date = |listed: &ListedBackup| listed.manifest.as_ref().map(|manifest| manifest.created_at);
    found.sort_by(|a, b| (date(b), &b.path).cmp(&(date(a), &a.path)));
    Ok(found)
}

/// Whether a file has the name of one of our artifacts.
pub(super) fn is_artifact(name: &str) -> bool {
    name.starts_with(PREFIX) && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// What there is to say about an artifact and its manifest.
pub(super) fn look(path: PathBuf, manifest: &Path) -> ListedBackup {
    #[derive(serde::Deserialize)]
    struct Format {
        format: u32,
    }
    let unreadable = |error: io::Error| BackupState::Unreadable(format!("cannot be read: {error}"));
    let text = match fs::read(manifest) {
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
    let state = match fs::metadata(&path) {
        Ok(file) if file.is_file() && file.len() == manifest.size => BackupState::Good,
        Ok(_) => BackupState::WrongSize,
        Err(error) if error.kind() == io::ErrorKind::NotFound => BackupState::Missing,
        Err(error) => unreadable(error),
    };
    ListedBackup { path, manifest: Some(manifest), state }
}
