//! The log file: `bot.log`, and the full ones `bot.log.1` (the newest) to `bot.log.5` (the oldest).
//!
//! tracing-appender rotates by time only, and `file-rotate` loses lines: when a rename fails it overwrites the file that
//! stayed, it cuts lines at the end of its buffer, and it does not notice that the file was removed.
//!
//! A full disk never fails a write: what cannot be written is buffered, then dropped, and stderr says so once at the
//! beginning and once at the end.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::stderr_notices::StderrNotices;

/// The name of the newest file.
pub(crate) const FILE_NAME: &str = "bot.log";
/// The size of a full file in bytes.
const FULL_SIZE: u64 = 10 * 1024 * 1024;
const KEPT_FILES: usize = 5;
/// How much is written with one call, in bytes.
const WRITE_SIZE: usize = 64 * 1024;
/// How much is buffered while the disk is full, in bytes; further lines are dropped.
const BUFFER_LIMIT: usize = 1024 * 1024;

/// A log file that is rotated when it is full.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    full: u64,
    file: Option<File>,
    size: u64,
    /// Whole lines that are not in the file yet; where a call wrote half a line, the rest of it.
    buffer: Vec<u8>,
    outage: FileOutage,
    notices: StderrNotices,
}

/// What does not work, to report it once.
#[derive(Debug, Default)]
struct FileOutage {
    is_stuck: bool,
    /// The file ends with half a line, whose rest waits.
    is_cut: bool,
    dropped: u64,
    /// A rotation failed; the next try is due when the file is so large.
    retry_at: u64,
}

impl LogFile {
    /// Opens, or makes, the file in a folder, which is made too.
    ///
    /// # Errors
    /// When there is no such file and none can be made. A full disk is not an error: it will not stay full.
    pub(super) fn open(folder: &Path, notices: StderrNotices) -> io::Result<Self> {
        Self::with_full_size(folder, FULL_SIZE, notices)
    }

    fn with_full_size(folder: &Path, full: u64, notices: StderrNotices) -> io::Result<Self> {
        let mut this = Self {
            path: folder.join(FILE_NAME),
            full,
            file: None,
            size: 0,
            buffer: Vec::new(),
            outage: FileOutage::default(),
            notices,
        };
        match this.open_file() {
            Err(error) if error.kind() != io::ErrorKind::StorageFull => Err(error),
            _ => Ok(this),
        }
    }

    /// Adds a line; the file is rotated first if the line does not fit.
    fn append_line(&mut self, line: &[u8]) {
        let size = self.size + self.buffer.len() as u64;
        let is_full = size > 0 && size + line.len() as u64 > self.full.max(self.outage.retry_at);
        // Also on a full disk, where this makes room: the oldest file goes. What waits goes into the next one.
        if is_full && (self.write_buffer() || !self.outage.is_cut) && self.is_still_full(line.len()) {
            self.rotate_files();
        }
        if self.buffer.len() > BUFFER_LIMIT {
            self.outage.dropped += 1;
            return;
        }
        self.buffer.extend_from_slice(line);
        if self.buffer.len() >= WRITE_SIZE {
            self.write_buffer();
        }
    }

    /// Looks again: the file may have been emptied, or rotated by another process.
    fn is_still_full(&mut self, more: usize) -> bool {
        self.check_open_file();
        self.size > 0 && self.size + (self.buffer.len() + more) as u64 > self.full
    }

    /// Writes the buffer; `false` when some of it is left.
    fn write_buffer(&mut self) -> bool {
        if self.buffer.is_empty() {
            return true;
        }
        self.check_open_file();
        let done = self.open_if_needed().and_then(|()| self.write_pending());
        match done {
            Ok(()) => {
                self.report_recovery();
                true
            }
            Err(error) => {
                self.file = None;
                self.report_outage(&error);
                false
            }
        }
    }

    fn write_pending(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut written = 0;
        let done = loop {
            match file.write(&self.buffer[written..]) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(some) => written += some,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
            if written == self.buffer.len() {
                break Ok(());
            }
        };
        self.size += written as u64;
        if let Some(last) = written.checked_sub(1) {
            self.outage.is_cut = self.buffer[last] != b'\n';
        }
        self.buffer.drain(..written);
        done
    }

    /// Closes the file unless it still has that name: it may have been removed, emptied or rotated.
    fn check_open_file(&mut self) {
        let Some(file) = &self.file else { return };
        match (fs::metadata(&self.path), file.metadata()) {
            (Ok(named), Ok(open)) if is_same_file(&named, &open) => self.size = named.len(),
            _ => self.file = None,
        }
    }

    fn open_if_needed(&mut self) -> io::Result<()> {
        if self.file.is_some() { Ok(()) } else { self.open_file() }
    }

    fn open_file(&mut self) -> io::Result<()> {
        if let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true).read(true).mode(0o600);
        let mut file = options.open(&self.path)?;
        self.size = file.metadata()?.len();
        // A line that a power failure cut off must not swallow the next one.
        if !self.outage.is_stuck && self.size > 0 && !ends_with_newline(&mut file)? {
            file.write_all(b"\n")?;
            self.size += 1;
        }
        self.file = Some(file);
        Ok(())
    }

    /// Renames each file to the next older name, beginning with the oldest, up to the first free name: a rotation that ends
    /// half-way, by a crash or an error, loses nothing.
    fn rotate_files(&mut self) {
        let place = |number: usize| match number {
            0 => self.path.clone(),
            _ => PathBuf::from(format!("{}.{number}", self.path.display())),
        };
        let last = (1..KEPT_FILES).find(|number| !place(*number).exists()).unwrap_or(KEPT_FILES);
        let moved = (0..last).rev().try_for_each(|number| fs::rename(place(number), place(number + 1)));
        match moved {
            Ok(()) => {
                self.file = None;
                self.outage.retry_at = 0;
            }
            Err(error) => {
                if self.outage.retry_at == 0 {
                    self.notices
                        .print(format_args!("warning: the log file cannot be rotated and grows: {error}"));
                }
                self.outage.retry_at = self.size + self.full / 10;
            }
        }
    }

    fn report_outage(&mut self, error: &io::Error) {
        if !std::mem::replace(&mut self.outage.is_stuck, true) {
            let path = self.path.display();
            self.notices.print(format_args!(
                "warning: {path} cannot be written; the bot continues without it: {error}"
            ));
        }
    }

    fn report_recovery(&mut self) {
        let dropped = std::mem::take(&mut self.outage.dropped);
        if std::mem::take(&mut self.outage.is_stuck) {
            let path = self.path.display();
            self.notices
                .print(format_args!("warning: {path} is written again; {dropped} lines are not in it"));
        }
    }
}

impl Write for LogFile {
    /// Takes one event, which is one line. Never fails.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.append_line(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_buffer();
        Ok(())
    }
}

#[cfg(unix)]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// An open file cannot be removed there.
#[cfg(not(unix))]
fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    true
}

fn ends_with_newline(file: &mut File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
