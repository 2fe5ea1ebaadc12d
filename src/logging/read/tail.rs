//! The last lines of a log without reading everything: found from the end, shown from the beginning.
//!
//! Finding yields offsets, not text, so memory stays small however much is shown. The files stay open, so a rotation in
//! between changes nothing.

use std::io;

use super::LogError;
use super::files::LogFile;
use super::filter::{LineFilter, LineJudge, has_head};
use super::line::{line_end, line_ranges};

/// The first read: enough for about fifty lines.
const FIRST_BLOCK: usize = 64 * 1024;
/// The size of further reads.
const BLOCK: usize = 256 * 1024;
/// How far back the head of a foreign line is searched for, and the longest line that is handled in one piece.
pub(super) const MAX_EVENT: usize = 16 * 1024 * 1024;

/// Consecutive lines in one of the files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct LineSpan {
    /// Index of the file.
    file: usize,
    start: u64,
    end: u64,
}

/// Finds the last `count` wanted lines (all with `None`) in the files (oldest first), each up to its entry in `ends`. A line
/// before `since` does not end the search: the clock may have been set back.
pub(crate) fn find_last_lines(
    files: &[LogFile],
    ends: &[u64],
    filter: &LineFilter,
    count: Option<u64>,
) -> Result<Vec<LineSpan>, LogError> {
    let mut left = count.unwrap_or(u64::MAX);
    let mut spans: Vec<LineSpan> = Vec::new();
    let mut wanted = Vec::new();
    for (index, (file, end)) in files.iter().zip(ends).enumerate().rev() {
        if filter.is_empty() && count.is_none() {
            spans.extend((*end > 0).then_some(LineSpan { file: index, start: 0, end: *end }));
            continue;
        }
        let mut chunks = BackwardReader::new(file, *end);
        while left > 0 && chunks.read_previous(filter)? {
            wanted.clear();
            let judge = chunks.judge_before(&files[..index], &ends[..index], filter)?;
            filter.select_lines(judge, &chunks.bytes, &mut wanted)?;
            for line in wanted.iter().rev().take(usize::try_from(left).unwrap_or(usize::MAX)) {
                let place = |at: usize| chunks.start + at as u64;
                let (start, end) = (place(line.start), place(line.end));
                match spans.last_mut() {
                    Some(span) if span.file == index && span.start == end => span.start = start,
                    _ => spans.push(LineSpan { file: index, start, end }),
                }
                left -= 1;
            }
        }
        if left == 0 {
            break;
        }
    }
    spans.reverse();
    Ok(spans)
}

pub(crate) fn last_line_end(file: &LogFile, end: u64) -> Result<u64, LogError> {
    let mut chunk = vec![0; FIRST_BLOCK];
    let mut end = end;
    while end > 0 {
        let start = end.saturating_sub(FIRST_BLOCK as u64);
        let length = usize::try_from(end - start).unwrap_or(FIRST_BLOCK);
        let read = file.read_at(&mut chunk[..length], start)?;
        if let Some(newline) = memchr::memrchr(b'\n', &chunk[..read]) {
            return Ok(start + newline as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// A judge that has seen the files (oldest first), each up to its entry in `ends`, where a line begins.
pub(super) fn judge_after<'f>(
    files: &[LogFile],
    ends: &[u64],
    filter: &'f LineFilter,
) -> Result<LineJudge<'f>, LogError> {
    let (Some((file, older)), Some((end, older_ends))) = (files.split_last(), ends.split_last()) else {
        return Ok(LineJudge::new(filter));
    };
    if filter.is_empty() {
        return Ok(LineJudge::new(filter));
    }
    let mut chunks = BackwardReader::new(file, *end);
    if !chunks.read_previous(filter)? {
        return judge_after(older, older_ends, filter);
    }
    let mut judge = chunks.judge_before(older, older_ends, filter)?;
    for line in line_ranges(&chunks.bytes, 0) {
        judge.wants(&chunks.bytes[line]);
    }
    Ok(judge)
}

/// Passes on the bytes of spans in pieces of any length, and a newline after a span that does not end in one.
pub(crate) fn copy_spans(
    files: &[LogFile],
    spans: &[LineSpan],
    mut sink: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), LogError> {
    // The last read: many spans are short and close to each other.
    let (mut window, mut filled, mut window_at) = (vec![0; FIRST_BLOCK], 0, (usize::MAX, 0));
    for span in spans {
        let mut place = span.start;
        let mut ends_well = true;
        while place < span.end {
            let is_in =
                window_at.0 == span.file && (window_at.1..window_at.1 + filled as u64).contains(&place);
            if !is_in {
                filled = files[span.file].read_at(&mut window, place)?;
                window_at = (span.file, place);
                if filled == 0 {
                    break; // Truncated meanwhile.
                }
            }
            let from = usize::try_from(place - window_at.1).unwrap_or(0);
            let to = usize::try_from(span.end - window_at.1).unwrap_or(filled).min(filled);
            sink(&window[from..to]).map_err(LogError::Write)?;
            ends_well = window[to - 1] == b'\n';
            place += (to - from) as u64;
        }
        if !ends_well {
            sink(b"\n").map_err(LogError::Write)?;
        }
    }
    Ok(())
}

/// Passes on the lines of spans one by one, newlines included.
pub(crate) fn read_lines(
    files: &[LogFile],
    spans: &[LineSpan],
    mut sink: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), LogError> {
    let mut begun: Vec<u8> = Vec::new();
    copy_spans(files, spans, |piece| {
        for line in line_ranges(piece, 0) {
            let line = &piece[line];
            let is_whole = line.ends_with(b"\n");
            if is_whole && begun.is_empty() {
                sink(line)?;
                continue;
            }
            begun.extend_from_slice(line);
            if is_whole || begun.len() > MAX_EVENT {
                sink(&begun)?;
                begun.clear();
            }
        }
        Ok(())
    })
}

/// Reads a file from its end, in chunks of whole lines that begin with a head if one is near enough.
struct BackwardReader<'a> {
    file: &'a LogFile,
    /// Where the present chunk begins and the next one ends.
    start: u64,
    bytes: Vec<u8>,
    block: usize,
}

impl<'a> BackwardReader<'a> {
    fn new(file: &'a LogFile, end: u64) -> Self {
        Self { file, start: end, bytes: Vec::new(), block: FIRST_BLOCK }
    }

    /// Reads the chunk before the present one; false at the beginning of the file.
    fn read_previous(&mut self, filter: &LineFilter) -> Result<bool, LogError> {
        let end = self.start;
        let mut block = std::mem::replace(&mut self.block, BLOCK);
        if end == 0 {
            return Ok(false);
        }
        loop {
            let start = end.saturating_sub(block as u64);
            let length = usize::try_from(end - start).unwrap_or(block);
            self.bytes.resize(length, 0);
            if self.file.read_at(&mut self.bytes, start)? < length {
                return Ok(false); // Truncated meanwhile.
            }
            let first = if start == 0 { Some(0) } else { self.find_chunk_start(filter, block >= MAX_EVENT) };
            if let Some(first) = first {
                self.bytes.drain(..first);
                self.start = start + first as u64;
                return Ok(true);
            }
            block *= 4;
        }
    }

    /// A judge for the chunk. Its first line may continue one in an older file, which is read for that.
    fn judge_before<'f>(
        &self,
        older: &[LogFile],
        ends: &[u64],
        filter: &'f LineFilter,
    ) -> Result<LineJudge<'f>, LogError> {
        if self.start > 0 || has_head(&self.bytes[..line_end(&self.bytes, 0)]) {
            return Ok(LineJudge::new(filter));
        }
        judge_after(older, ends, filter)
    }

    /// Where in the block a chunk can begin. The first line may be incomplete.
    fn find_chunk_start(&self, filter: &LineFilter, is_last_try: bool) -> Option<usize> {
        let second = line_end(&self.bytes, 0);
        let head = line_ranges(&self.bytes, second)
            .find(|line| filter.is_empty() || has_head(&self.bytes[line.clone()]))
            .map(|line| line.start);
        let any = if second < self.bytes.len() { second } else { 0 };
        head.or_else(|| is_last_try.then_some(any))
    }
}
