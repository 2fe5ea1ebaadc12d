//! Each new line exactly once, while the files are rotated, truncated, deleted and made anew.
//!
//! Every file that is known is held open: so a renamed one is read to its end, and its inode, by which it is known,
//! cannot become that of another. One look per call; when to look again is the caller's.

use std::io;
use std::path::{Path, PathBuf};

use super::LogError;
use super::backwards::{LONGEST, judge_at};
use super::files::{self, LogFile, ROTATED};
use super::filter::{Filter, Judge, each_line, trimmed};

/// How much is read at a time.
const BLOCK: usize = 64 * 1024;
/// By how many bytes before the place where we are a file is recognised as the one that we have read.
const MEMORY: usize = 64;

/// What happened to the log beside new lines.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Incident {
    /// Every file is a new one: others may have been written and removed between two looks.
    Missed,
    /// The file was emptied; what was in it had been shown as far as it was seen.
    Truncated,
}

/// A place in a log that others write.
#[derive(Debug)]
pub struct Follower<'f> {
    folder: PathBuf,
    filter: &'f Filter,
    /// Oldest first: those that are read, the one that is being read, those that come after it.
    files: Vec<LogFile>,
    current: usize,
    offset: u64,
    /// The beginning of a line whose end is not written yet.
    begun: Vec<u8>,
    /// The last bytes before `offset`.
    memory: Vec<u8>,
    judge: Judge<'f>,
    buffer: Vec<u8>,
}

impl<'f> Follower<'f> {
    /// Goes on in the last of these files (oldest first) from a place that begins a line; from the beginning of the
    /// first file that will be there if there is none.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn new(
        folder: &Path,
        files: Vec<LogFile>,
        offset: u64,
        filter: &'f Filter,
    ) -> Result<Self, LogError> {
        let mut ends = files.iter().map(LogFile::size).collect::<Result<Vec<_>, _>>()?;
        if let Some(end) = ends.last_mut() {
            *end = offset;
        }
        let judge = judge_at(&files, &ends, filter)?;
        let current = files.len().saturating_sub(1);
        let mut follower = Self {
            folder: folder.to_owned(),
            filter,
            files,
            current,
            offset,
            begun: Vec::new(),
            memory: Vec::new(),
            judge,
            buffer: vec![0; BLOCK],
        };
        if let Some(file) = follower.files.last() {
            let start = offset.saturating_sub(MEMORY as u64);
            let read = file.read_at(&mut follower.buffer[..MEMORY], start)?;
            let length = usize::try_from(offset - start).unwrap_or(MEMORY).min(read);
            follower.memory = follower.buffer[..length].to_vec();
        }
        Ok(follower)
    }

    /// The files, oldest first; at the beginning those that were given.
    #[must_use]
    pub fn files(&self) -> &[LogFile] {
        &self.files
    }

    /// Hands out every wanted line that has become whole since the last look, with its end, if it has one.
    ///
    /// # Errors
    /// When a file cannot be read or the sink takes nothing.
    pub fn look(
        &mut self,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<Option<Incident>, LogError> {
        let mut incident = None;
        loop {
            incident = self.drain(sink)?.or(incident);
            if self.is_at_the_newest() {
                return Ok(incident);
            }
            let has_begun = !self.files.is_empty();
            let missed = self.meet_new_files()?;
            let goes_on = if has_begun { self.go_on(sink)? } else { !self.files.is_empty() };
            if missed.is_some() {
                // Nobody knows the line before.
                self.judge = Judge::new(self.filter);
            }
            incident = missed.or(incident);
            if !goes_on {
                return Ok(incident);
            }
        }
    }

    /// Whether the file that is read is the one that is written.
    fn is_at_the_newest(&self) -> bool {
        let current = self.files.get(self.current).map(|file| file.identity);
        self.current + 1 == self.files.len() && current == files::newest(&self.folder)
    }

    /// Reads the current file to its end.
    fn drain(&mut self, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<Option<Incident>, LogError> {
        if self.current >= self.files.len() {
            return Ok(None);
        }
        let truncated = self.has_been_truncated()?;
        if truncated {
            self.start_over(sink)?;
        }
        loop {
            let read = self.files[self.current].read_at(&mut self.buffer, self.offset)?;
            if read == 0 {
                return Ok(truncated.then_some(Incident::Truncated));
            }
            self.offset += read as u64;
            let new = &self.buffer[..read];
            self.memory.extend_from_slice(&new[read.saturating_sub(MEMORY)..]);
            self.memory.drain(..self.memory.len().saturating_sub(MEMORY));
            for line in each_line(new, 0) {
                self.begun.extend_from_slice(&new[line]);
                if self.begun.ends_with(b"\n") || self.begun.len() > LONGEST {
                    show(&mut self.judge, &self.begun, sink)?;
                    self.begun.clear();
                }
            }
        }
    }

    /// Whether the file is shorter than what we have read of it, or has other bytes there than those we have read.
    fn has_been_truncated(&mut self) -> Result<bool, LogError> {
        let file = &self.files[self.current];
        let size = file.size()?;
        if size <= self.offset {
            return Ok(size < self.offset);
        }
        let length = self.memory.len();
        let read = file.read_at(&mut self.buffer[..length], self.offset - length as u64)?;
        Ok(self.buffer[..read] != self.memory)
    }

    /// From the beginning of the current file. A line that was begun before will not become longer.
    fn start_over(&mut self, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), LogError> {
        if !self.begun.is_empty() {
            show(&mut self.judge, &self.begun, sink)?;
            self.begun.clear();
        }
        self.offset = 0;
        self.memory.clear();
        Ok(())
    }

    /// Finds files that were not there at the last look, and lets go of those that are gone and read.
    fn meet_new_files(&mut self) -> Result<Option<Incident>, LogError> {
        let listed = files::look(&self.folder)?;
        let is_listed = |file: &LogFile| listed.iter().any(|other| other.identity == file.identity);
        let is_current_listed = self.files.get(self.current).is_some_and(is_listed);
        let (current, mut index) = (self.current, 0);
        let mut gone_before = 0;
        self.files.retain(|file| {
            let stays = index >= current || is_listed(file);
            gone_before += usize::from(!stays);
            index += 1;
            stays
        });
        self.current -= gone_before;
        let knows = |file: &LogFile| self.files.iter().any(|other| other.identity == file.identity);
        // One that lies before a known one was put there by hand or is a copy; it is nothing new.
        let first_new = listed.iter().rposition(knows).map_or(0, |known| known + 1);
        // The last that we know may have been the one before the oldest here, or not.
        let may_be_missing =
            !self.files.is_empty() && !is_current_listed && listed.len() > ROTATED && first_new == 0;
        self.files.extend(listed.into_iter().skip(first_new));
        Ok(may_be_missing.then_some(Incident::Missed))
    }

    /// Goes to the next file once something is in it: until then the writer may still have the one before.
    fn go_on(&mut self, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<bool, LogError> {
        let Some(next) = self.files.get(self.current + 1) else { return Ok(false) };
        if next.size()? == 0 && self.current + 2 == self.files.len() {
            return Ok(false);
        }
        self.drain(sink)?;
        self.start_over(sink)?;
        self.current += 1;
        Ok(true)
    }
}

/// Shows a line if it is wanted.
fn show(
    judge: &mut Judge<'_>,
    line: &[u8],
    sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), LogError> {
    if judge.wants(trimmed(line)) { sink(line).map_err(LogError::Write) } else { Ok(()) }
}
