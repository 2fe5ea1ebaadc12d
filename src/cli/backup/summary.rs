//! What the subcommands share: finding a backup by its name, and showing one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::error::CommandError;
use super::super::text::format_count;
use crate::backup::verify::find_backup;
use crate::backup::{BackupManifest, ListedBackup};

/// Finds a backup by its name in the backup folder or by a path; the name of its manifest will do too.
pub(super) fn find_named(dir: &Path, file: &Path) -> Result<ListedBackup, CommandError> {
    let text = file.to_string_lossy();
    let file = text.strip_suffix(".json").map_or_else(|| file.to_owned(), PathBuf::from);
    let is_name = file.parent().is_some_and(|folder| folder.as_os_str().is_empty());
    let inside = dir.join(&file);
    let path = if is_name && (inside.exists() || !file.exists()) { inside } else { file };
    find_backup(&path)
        .map_err(|error| CommandError::from(error).hint("give a path or a name from `botctl backup list`"))
}

/// A backup as documents show it.
#[derive(Serialize)]
pub(super) struct BackupSummary {
    path: PathBuf,
    /// `good`, or what is wrong.
    state: String,
    age_seconds: Option<i64>,
    manifest: Option<BackupManifest>,
}

impl BackupSummary {
    pub(super) fn new(listed: &ListedBackup, now: DateTime<Utc>) -> Self {
        Self {
            path: listed.path.clone(),
            state: listed.state.as_str().to_owned(),
            age_seconds: listed.age(now).map(|age| age.num_seconds()),
            manifest: listed.manifest.clone(),
        }
    }
}

pub(super) fn format_rows(rows: &BTreeMap<String, u64>) -> String {
    let all: u64 = rows.values().sum();
    format!("{} in {}", format_count(all, "row"), format_count(rows.len(), "table"))
}
