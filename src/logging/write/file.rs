//! The log file: `bot.log`, and `bot.log.1` (the youngest) to `bot.log.5` (the oldest) when it was full.
//!
//! Own code, because the well-known crate loses what it should keep: when one rename of a rotation fails it goes on and
//! writes the next file over the one that stayed, it cuts lines where its buffer happens to be full, it never notices
//! that somebody has removed the file, and it prints a warning for every line once a rotation has failed.
//!
//! Whatever happens to the disk, writing here never fails and never waits: what cannot be written is kept for a while,
//! then dropped, and both the beginning and the end of it are said once on stderr, by a thread of its own.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::progress::Progress;
use super::words::Words;

/// The name of the youngest file.
pub const NAME: &str = "bot.log";
/// How large a file gets, bytes.
const FULL: u64 = 10 * 1024 * 1024;
/// How many full files are kept.
const KEPT: usize = 5;
/// So much is written with one call, bytes.
const PIECE: usize = 64 * 1024;
/// So much waits for a disk that takes nothing, bytes; beyond, lines are dropped.
const PATIENCE: usize = 1024 * 1024;

/// A log file that is put aside when it is full.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    full: u64,
    file: Option<File>,
    /// How large the file is.
    size: u64,
    /// Whole lines that are not in the file yet; where a call wrote half a line, the rest of it.
    waiting: Vec<u8>,
    /// Lines among these.
    lines: u64,
    trouble: Trouble,
    progress: Arc<Progress>,
    words: Words,
}

/// What does not work, so that it is said once.
#[derive(Debug, Default)]
struct Trouble {
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
    /// When there is no such file and none can be made. A full disk is no error: it will not stay full.
    pub(super) fn open(folder: &Path, progress: Arc<Progress>, words: Words) -> io::Result<Self> {
        Self::sized(folder, FULL, progress, words)
    }

    fn sized(folder: &Path, full: u64, progress: Arc<Progress>, words: Words) -> io::Result<Self> {
        let mut this = Self {
            path: folder.join(NAME),
            full,
            file: None,
            size: 0,
            waiting: Vec::new(),
            lines: 0,
            trouble: Trouble::default(),
            progress,
            words,
        };
        match this.reopen() {
            Err(error) if error.kind() != io::ErrorKind::StorageFull => Err(error),
            _ => Ok(this),
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a line; the file is put aside first if the line has no place in it.
    fn add(&mut self, line: &[u8]) {
        let size = self.size + self.waiting.len() as u64;
        let is_full = size > 0 && size + line.len() as u64 > self.full.max(self.trouble.retry_at);
        // Also on a full disk, where this makes room: the oldest file goes. What waits goes into the next one.
        if is_full && (self.put() || !self.trouble.is_cut) && self.is_full_indeed(line.len()) {
            self.rotate();
        }
        if self.waiting.len() > PATIENCE {
            self.trouble.dropped += 1;
            self.progress.written(1);
            return;
        }
        self.waiting.extend_from_slice(line);
        self.lines += 1;
        if self.waiting.len() >= PIECE {
            self.put();
        }
    }

    /// Somebody else may have emptied the file, or another process put it aside.
    fn is_full_indeed(&mut self, more: usize) -> bool {
        self.look();
        self.size > 0 && self.size + (self.waiting.len() + more) as u64 > self.full
    }

    /// Writes what waits; `false` when some of it has to go on waiting.
    fn put(&mut self) -> bool {
        if self.waiting.is_empty() {
            return true;
        }
        self.look();
        let done = self.reopen_if_needed().and_then(|()| self.write_waiting());
        match done {
            Ok(()) => {
                self.progress.written(std::mem::take(&mut self.lines));
                self.relieved();
                true
            }
            Err(error) => {
                self.file = None;
                self.stuck(&error);
                false
            }
        }
    }

    fn write_waiting(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut written = 0;
        let done = loop {
            match file.write(&self.waiting[written..]) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(some) => written += some,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
            if written == self.waiting.len() {
                break Ok(());
            }
        };
        self.size += written as u64;
        if let Some(last) = written.checked_sub(1) {
            self.trouble.is_cut = self.waiting[last] != b'\n';
        }
        self.waiting.drain(..written);
        done
    }

    /// Makes sure that the open file is the one of that name: it may have been removed, emptied or put aside.
    fn look(&mut self) {
        let Some(file) = &self.file else { return };
        match (fs::metadata(&self.path), file.metadata()) {
            (Ok(named), Ok(open)) if is_same(&named, &open) => self.size = named.len(),
            _ => self.file = None,
        }
    }

    fn reopen_if_needed(&mut self) -> io::Result<()> {
        if self.file.is_some() { Ok(()) } else { self.reopen() }
    }

    fn reopen(&mut self) -> io::Result<()> {
        if let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true).read(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
        let mut file = options.open(&self.path)?;
        self.size = file.metadata()?.len();
        // A line that a power failure has cut off is not to swallow the next one.
        if !self.trouble.is_stuck && self.size > 0 && !ends_a_line(&mut file)? {
            file.write_all(b"\n")?;
            self.size += 1;
        }
        self.file = Some(file);
        Ok(())
    }

    /// Puts the file aside. Each file takes the place of the next older one, beginning with the oldest, up to the first
    /// place that is free; so a rotation that ends half-way, by a crash or an error, has lost nothing.
    fn rotate(&mut self) {
        let place = |number: usize| match number {
            0 => self.path.clone(),
            _ => PathBuf::from(format!("{}.{number}", self.path.display())),
        };
        let last = (1..KEPT).find(|number| !place(*number).exists()).unwrap_or(KEPT);
        let moved = (0..last).rev().try_for_each(|number| fs::rename(place(number), place(number + 1)));
        match moved {
            Ok(()) => {
                self.file = None;
                self.trouble.retry_at = 0;
            }
            Err(error) => {
                if self.trouble.retry_at == 0 {
                    self.words
                        .say(format_args!("warning: the log file cannot be put aside and grows: {error}"));
                }
                self.trouble.retry_at = self.size + self.full / 10;
            }
        }
    }

    fn stuck(&mut self, error: &io::Error) {
        if !std::mem::replace(&mut self.trouble.is_stuck, true) {
            let path = self.path.display();
            self.words
                .say(format_args!("warning: {path} cannot be written; the bot goes on without it: {error}"));
        }
    }

    fn relieved(&mut self) {
        let dropped = std::mem::take(&mut self.trouble.dropped);
        if std::mem::take(&mut self.trouble.is_stuck) {
            let path = self.path.display();
            self.words.say(format_args!("warning: {path} is written again; {dropped} lines are not in it"));
        }
    }
}

impl Write for LogFile {
    /// Takes one event, which is one line. Never fails.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.add(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.put();
        Ok(())
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// An open file cannot be removed there.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

fn ends_a_line(file: &mut File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
