//! `bot.log` and its rotated files, identified by device and inode because rotation renames them.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::LogError;

/// The file that is written; `bot.log.1` is the one before, and so on.
pub(crate) const LOG_FILE: &str = "bot.log";
/// The greatest number of a rotated file.
pub(super) const MAX_ROTATED: usize = 5;

/// Identifies a file across renames. It can be reused for another file only after this one is closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct FileIdentity {
    device: u64,
    inode: u64,
}

/// A log file that is open for reading.
#[derive(Debug)]
pub(crate) struct LogFile {
    /// The path under which it was opened.
    pub(crate) path: PathBuf,
    pub(crate) identity: FileIdentity,
    file: File,
}

impl LogFile {
    /// Opens the file; `None` if it does not exist.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, LogError> {
        let failed = |source| LogError::Read { path: path.to_owned(), source };
        // Opening a pipe would wait for its writer.
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err(failed(io::Error::other("not a regular file"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        }
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let metadata = file.metadata().map_err(failed)?;
        let identity = FileIdentity { device: metadata.dev(), inode: metadata.ino() };
        Ok(Some(Self { path: path.to_owned(), identity, file }))
    }

    /// The present size in bytes.
    pub(crate) fn size(&self) -> Result<u64, LogError> {
        self.file.metadata().map(|metadata| metadata.len()).map_err(|error| self.read_error(error))
    }

    /// Reads from an offset until the buffer is full or the file ends; returns how many bytes were read.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, LogError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.file.read_at(&mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.read_error(error)),
            }
        }
        Ok(filled)
    }

    fn read_error(&self, source: io::Error) -> LogError {
        LogError::Read { path: self.path.clone(), source }
    }
}

/// The identity of `bot.log`, if it exists.
pub(super) fn newest_identity(folder: &Path) -> Option<FileIdentity> {
    let metadata = fs::metadata(folder.join(LOG_FILE)).ok()?;
    Some(FileIdentity { device: metadata.dev(), inode: metadata.ino() })
}

/// Lists the names of log files that another program has rotated and compressed.
pub(crate) fn list_compressed(folder: &Path) -> Vec<String> {
    const ENDINGS: [&str; 4] = [".gz", ".zst", ".xz", ".bz2"];
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let is_log = |name: &String| name.starts_with(LOG_FILE) && ENDINGS.iter().any(|end| name.ends_with(end));
    let mut found: Vec<String> = names.filter(is_log).collect();
    found.sort();
    found
}

/// Opens all log files, the oldest first; none if the folder does not exist.
pub(crate) fn open_all(folder: &Path) -> Result<Vec<LogFile>, LogError> {
    /// A rotation takes microseconds; after this many the last listing counts.
    const MAX_ATTEMPTS: usize = 20;
    let mut found = open_in_order(folder)?;
    for _ in 0..MAX_ATTEMPTS {
        let again = open_in_order(folder)?;
        let is_same = again.iter().map(|file| file.identity).eq(found.iter().map(|file| file.identity));
        found = again;
        if is_same {
            break;
        }
    }
    Ok(found)
}

/// Opens from the newest name to the oldest, the direction of renames, so a file that is renamed meanwhile is seen twice
/// rather than never; the second position is right.
fn open_in_order(folder: &Path) -> Result<Vec<LogFile>, LogError> {
    let mut found: Vec<LogFile> = Vec::new();
    for number in 0..=MAX_ROTATED {
        let name = if number == 0 { LOG_FILE.to_owned() } else { format!("{LOG_FILE}.{number}") };
        // A crash during a rotation leaves a gap in the numbers.
        if let Some(file) = LogFile::open(&folder.join(name))? {
            found.retain(|other| other.identity != file.identity);
            found.push(file);
        }
    }
    found.reverse();
    Ok(found)
}
