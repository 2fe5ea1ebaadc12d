//! `bot.log` and its rotated files, told apart by device and inode, whatever they are called meanwhile.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::LogError;

/// The file that is written; `bot.log.1` is the one before, and so on.
pub const NAME: &str = "bot.log";
/// How many rotated files there are at most.
pub const ROTATED: usize = 5;

/// What a file stays while it is renamed. Another file can get it, but not while this one is held open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Identity {
    device: u64,
    inode: u64,
}

/// A log file that is open for reading.
#[derive(Debug)]
pub struct LogFile {
    /// Where it was found.
    pub path: PathBuf,
    /// What it stays when it is renamed.
    pub identity: Identity,
    file: File,
}

impl LogFile {
    /// Opens it; `None` if there is none.
    ///
    /// # Errors
    /// When it is there and is no file that can be read.
    pub fn open(path: &Path) -> Result<Option<Self>, LogError> {
        let failed = |source| LogError::Read { path: path.to_owned(), source };
        // A pipe would let the opening wait for its writer.
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err(failed(io::Error::other("it is not a file"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        }
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let metadata = file.metadata().map_err(failed)?;
        let identity = Identity { device: metadata.dev(), inode: metadata.ino() };
        Ok(Some(Self { path: path.to_owned(), identity, file }))
    }

    /// Its size now, in bytes.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn size(&self) -> Result<u64, LogError> {
        self.file.metadata().map(|metadata| metadata.len()).map_err(|error| self.failed(error))
    }

    /// Fills as much of the buffer as there is from this place on.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read_at(&self, buffer: &mut [u8], place: u64) -> Result<usize, LogError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.file.read_at(&mut buffer[filled..], place + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(filled)
    }

    fn failed(&self, source: io::Error) -> LogError {
        LogError::Read { path: self.path.clone(), source }
    }
}

/// The identity of the file that is written, if there is one now.
#[must_use]
pub fn newest(folder: &Path) -> Option<Identity> {
    let metadata = fs::metadata(folder.join(NAME)).ok()?;
    Some(Identity { device: metadata.dev(), inode: metadata.ino() })
}

/// All files there are, the oldest first; none where the folder is not there.
///
/// # Errors
/// When one of them cannot be read.
pub fn look(folder: &Path) -> Result<Vec<LogFile>, LogError> {
    /// A rotation takes microseconds; who sees one in each look gets the last.
    const LOOKS: usize = 20;
    let mut found = look_once(folder)?;
    for _ in 0..LOOKS {
        let again = look_once(folder)?;
        let is_same = again.iter().map(|file| file.identity).eq(found.iter().map(|file| file.identity));
        found = again;
        if is_same {
            break;
        }
    }
    Ok(found)
}

/// Looks from the newest name to the oldest, in the direction in which files move, so that one that is renamed meanwhile
/// is seen twice rather than never; its second place is the right one.
fn look_once(folder: &Path) -> Result<Vec<LogFile>, LogError> {
    let mut found: Vec<LogFile> = Vec::new();
    for number in 0..=ROTATED {
        let name = if number == 0 { NAME.to_owned() } else { format!("{NAME}.{number}") };
        // A gap in the numbers is what a crash during a rotation leaves.
        if let Some(file) = LogFile::open(&folder.join(name))? {
            found.retain(|other| other.identity != file.identity);
            found.push(file);
        }
    }
    found.reverse();
    Ok(found)
}
