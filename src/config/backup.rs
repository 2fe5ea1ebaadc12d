//! Where backups go, when they are made and how long they are kept.

use std::path::PathBuf;

use chrono::NaiveTime;

use super::problem::Problems;
use super::reader::{ConfigReader, parse_number, parse_path, parse_time_of_day};
use super::sources::Sources;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct BackupConfig {
    /// Where they go.
    pub dir: PathBuf,
    /// Days after which one is removed.
    pub keep_days: u32,
    /// When the daily one is made, local time; `None` is never.
    pub time: Option<NaiveTime>,
}

impl BackupConfig {
    /// Reads this concern alone.
    pub(crate) fn load(sources: &Sources) -> Result<Self, Problems> {
        ConfigReader::load(sources, Self::read)
    }

    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let dir = reader.read_value("BACKUP_DIR", parse_path);
        let keep_days = reader.read_value("BACKUP_KEEP_DAYS", parse_number(1..=36_500));
        // Here an empty value means something: no daily backup.
        let time = match reader.sources().get("BACKUP_TIME") {
            Some(found) if found.text.is_empty() => Some(None),
            _ => reader.read_value("BACKUP_TIME", parse_time_of_day).map(Some),
        };
        Some(Self { dir: dir?, keep_days: keep_days?, time: time? })
    }
}
