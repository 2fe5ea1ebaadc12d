//! The copy of a PostgreSQL database, made by the server's own client programs.

use std::path::Path;

use super::Progress;
use super::create::Copied;
use super::error::BackupError;
use crate::config::SecretUrl;

pub(super) fn copy(_url: &SecretUrl, _copy: &Path, _progress: Progress<'_>) -> Result<Copied, BackupError> {
    Err(BackupError::NoClient { program: "pg_dump" })
}
