//! Each new line exactly once, while the files are rotated, truncated, deleted and recreated.
//!
//! Every known file stays open: so a renamed one is read to its end, and its inode, which identifies it, is not reused. Each
//! call polls once; the caller decides when to poll again.

use std::io;
use std::path::{Path, PathBuf};

use super::LogError;
use super::files::{self, LogFile, MAX_ROTATED};
use super::filter::{LineFilter, LineJudge};
use super::line::line_ranges;
use super::tail::{MAX_EVENT, judge_after};

/// The size of one read.
const BLOCK: usize = 64 * 1024;
/// How many bytes before the offset are compared to detect a file that was truncated and written anew.
const FINGERPRINT: usize = 64;

/// An event other than new lines.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FollowEvent {
    /// Every file is new: others may have been written and removed between two polls.
    LinesMissed,
    /// The file was truncated; its earlier lines were passed on as far as they were read.
    Truncated,
}

/// A position in a log that another process writes.
#[derive(Debug)]
pub(crate) struct LogFollower<'f> {
    folder: PathBuf,
    filter: &'f LineFilter,
    /// Oldest first: finished files, the current one, those after it.
    files: Vec<LogFile>,
    current: usize,
    offset: u64,
    /// The beginning of a line whose end is not written yet.
    partial_line: Vec<u8>,
    /// The last bytes before `offset`.
    fingerprint: Vec<u8>,
    judge: LineJudge<'f>,
    buffer: Vec<u8>,
}

impl<'f> LogFollower<'f> {
    /// Continues in the last of these files (oldest first) from an offset at which a line begins; without files, from the
    /// beginning of the first one that appears.
    pub(crate) fn new(
        folder: &Path,
        files: Vec<LogFile>,
        offset: u64,
        filter: &'f LineFilter,
    ) -> Result<Self, LogError> {
        let mut ends = files.iter().map(LogFile::size).collect::<Result<Vec<_>, _>>()?;
        if let Some(end) = ends.last_mut() {
            *end = offset;
        }
        let judge = judge_after(&files, &ends, filter)?;
        let current = files.len().saturating_sub(1);
        let mut follower = Self {
            folder: folder.to_owned(),
            filter,
            files,
            current,
            offset,
            partial_line: Vec::new(),
            fingerprint: Vec::new(),
            judge,
            buffer: vec![0; BLOCK],
        };
        if let Some(file) = follower.files.last() {
            let start = offset.saturating_sub(FINGERPRINT as u64);
            let read = file.read_at(&mut follower.buffer[..FINGERPRINT], start)?;
            let length = usize::try_from(offset - start).unwrap_or(FINGERPRINT).min(read);
            follower.fingerprint = follower.buffer[..length].to_vec();
        }
        Ok(follower)
    }

    /// The open files, oldest first.
    pub(crate) fn files(&self) -> &[LogFile] {
        &self.files
    }

    /// Passes on every wanted line that was completed since the last poll, newline included.
    pub(crate) fn poll(
        &mut self,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<Option<FollowEvent>, LogError> {
        let mut event = None;
        loop {
            event = self.read_to_end(sink)?.or(event);
            if self.is_at_newest_file() {
                return Ok(event);
            }
            let has_begun = !self.files.is_empty();
            let missed = self.add_new_files()?;
            let has_more = if has_begun { self.switch_to_next_file(sink)? } else { !self.files.is_empty() };
            if missed.is_some() {
                // The line before is unknown.
                self.judge = LineJudge::new(self.filter);
            }
            event = missed.or(event);
            if !has_more {
                return Ok(event);
            }
        }
    }

    fn is_at_newest_file(&self) -> bool {
        let current = self.files.get(self.current).map(|file| file.identity);
        self.current + 1 == self.files.len() && current == files::newest_identity(&self.folder)
    }

    /// Reads the current file to its end.
    fn read_to_end(
        &mut self,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<Option<FollowEvent>, LogError> {
        if self.current >= self.files.len() {
            return Ok(None);
        }
        let truncated = self.has_been_truncated()?;
        if truncated {
            self.restart_file(sink)?;
        }
        loop {
            let read = self.files[self.current].read_at(&mut self.buffer, self.offset)?;
            if read == 0 {
                return Ok(truncated.then_some(FollowEvent::Truncated));
            }
            self.offset += read as u64;
            let new = &self.buffer[..read];
            self.fingerprint.extend_from_slice(&new[read.saturating_sub(FINGERPRINT)..]);
            self.fingerprint.drain(..self.fingerprint.len().saturating_sub(FINGERPRINT));
            for line in line_ranges(new, 0) {
                self.partial_line.extend_from_slice(&new[line]);
                if self.partial_line.ends_with(b"\n") || self.partial_line.len() > MAX_EVENT {
                    pass_on(&mut self.judge, &self.partial_line, sink)?;
                    self.partial_line.clear();
                }
            }
        }
    }

    /// Whether the file is shorter than the offset, or has other bytes before it than those that were read.
    fn has_been_truncated(&mut self) -> Result<bool, LogError> {
        let file = &self.files[self.current];
        let size = file.size()?;
        if size <= self.offset {
            return Ok(size < self.offset);
        }
        let length = self.fingerprint.len();
        let read = file.read_at(&mut self.buffer[..length], self.offset - length as u64)?;
        Ok(self.buffer[..read] != self.fingerprint)
    }

    /// Goes to the beginning of the current file. A partial line before it is complete now.
    fn restart_file(&mut self, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), LogError> {
        if !self.partial_line.is_empty() {
            pass_on(&mut self.judge, &self.partial_line, sink)?;
            self.partial_line.clear();
        }
        self.offset = 0;
        self.fingerprint.clear();
        Ok(())
    }

    /// Adds files that are new since the last poll, and closes finished ones that were removed.
    fn add_new_files(&mut self) -> Result<Option<FollowEvent>, LogError> {
        let listed = files::open_all(&self.folder)?;
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
        // A file before a known one was put there by hand or is a copy; it has no new lines.
        let first_new = listed.iter().rposition(knows).map_or(0, |known| known + 1);
        // Whether the last known file was the one before the oldest here is unknown.
        let may_be_missing =
            !self.files.is_empty() && !is_current_listed && listed.len() > MAX_ROTATED && first_new == 0;
        self.files.extend(listed.into_iter().skip(first_new));
        Ok(may_be_missing.then_some(FollowEvent::LinesMissed))
    }

    /// Switches to the next file once it has content: until then the writer may still use the one before.
    fn switch_to_next_file(
        &mut self,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<bool, LogError> {
        let Some(next) = self.files.get(self.current + 1) else { return Ok(false) };
        if next.size()? == 0 && self.current + 2 == self.files.len() {
            return Ok(false);
        }
        self.read_to_end(sink)?;
        self.restart_file(sink)?;
        self.current += 1;
        Ok(true)
    }
}

/// Passes a line on if it is wanted.
fn pass_on(
    judge: &mut LineJudge<'_>,
    line: &[u8],
    sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), LogError> {
    if judge.wants(line) { sink(line).map_err(LogError::Write) } else { Ok(()) }
}
