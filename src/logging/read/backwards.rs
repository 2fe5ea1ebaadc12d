//! The last lines of a log without reading everything: found from the end, shown from the beginning.
//!
//! What is found are places, not texts, so memory stays small however much is shown; the files are held open, so a
//! rotation in between changes nothing.

use std::io;

use super::LogError;
use super::files::LogFile;
use super::filter::{Filter, Judge, each_line, line_end, trimmed};

/// How much is read at first: enough for some fifty lines.
const FIRST_BLOCK: usize = 64 * 1024;
/// How much is read at a time when that was not enough.
const BLOCK: usize = 256 * 1024;
/// How far back the line is looked for that a foreign one belongs to, and how long a line may be that is handled as one.
pub const LONGEST: usize = 16 * 1024 * 1024;

/// Consecutive lines in one of the files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// Which of the files.
    pub file: usize,
    /// Its first byte.
    pub start: u64,
    /// The byte after its last.
    pub end: u64,
}

/// The last `count` wanted lines (all with `None`) of files that are given oldest first, each up to its end; oldest
/// first. An older line than is wanted says nothing about those before it: the clock may have been set back.
///
/// # Errors
/// When a file cannot be read.
pub fn last(
    files: &[LogFile],
    ends: &[u64],
    filter: &Filter,
    count: Option<u64>,
) -> Result<Vec<Span>, LogError> {
    let mut left = count.unwrap_or(u64::MAX);
    let mut spans: Vec<Span> = Vec::new();
    let mut wanted = Vec::new();
    for (index, (file, end)) in files.iter().zip(ends).enumerate().rev() {
        if filter.is_all() && count.is_none() {
            spans.extend((*end > 0).then_some(Span { file: index, start: 0, end: *end }));
            continue;
        }
        let mut chunks = Chunks::new(file, *end);
        while left > 0 && chunks.previous(filter)? {
            wanted.clear();
            let judge = chunks.judge_before(&files[..index], &ends[..index], filter)?;
            filter.pick(judge, &chunks.bytes, &mut wanted);
            for line in wanted.iter().rev().take(usize::try_from(left).unwrap_or(usize::MAX)) {
                let place = |at: usize| chunks.start + at as u64;
                let (start, end) = (place(line.start), place(line.end));
                match spans.last_mut() {
                    Some(span) if span.file == index && span.start == end => span.start = start,
                    _ => spans.push(Span { file: index, start, end }),
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

/// Where the last whole line ends.
///
/// # Errors
/// When the file cannot be read.
pub fn end_of_lines(file: &LogFile, end: u64) -> Result<u64, LogError> {
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

/// A judge who has seen everything in files that are given oldest first, each up to its end, which begins a line.
///
/// # Errors
/// When a file cannot be read.
pub fn judge_at<'f>(files: &[LogFile], ends: &[u64], filter: &'f Filter) -> Result<Judge<'f>, LogError> {
    let (Some((file, older)), Some((end, older_ends))) = (files.split_last(), ends.split_last()) else {
        return Ok(Judge::new(filter));
    };
    if filter.is_all() {
        return Ok(Judge::new(filter));
    }
    let mut chunks = Chunks::new(file, *end);
    if !chunks.previous(filter)? {
        return judge_at(older, older_ends, filter);
    }
    let mut judge = chunks.judge_before(older, older_ends, filter)?;
    for line in each_line(&chunks.bytes, 0) {
        judge.wants(trimmed(&chunks.bytes[line]));
    }
    Ok(judge)
}

/// Hands out the bytes of spans, in pieces as they come; a span that does not end in a newline gets one.
///
/// # Errors
/// When a file cannot be read or the sink takes nothing.
pub fn copy(
    files: &[LogFile],
    spans: &[Span],
    mut sink: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), LogError> {
    // What was read last: many spans are short and close to each other.
    let (mut window, mut filled, mut at) = (vec![0; FIRST_BLOCK], 0, (usize::MAX, 0));
    for span in spans {
        let mut place = span.start;
        let mut ends_well = true;
        while place < span.end {
            let is_in = at.0 == span.file && (at.1..at.1 + filled as u64).contains(&place);
            if !is_in {
                filled = files[span.file].read_at(&mut window, place)?;
                at = (span.file, place);
                if filled == 0 {
                    break; // Truncated meanwhile.
                }
            }
            let from = usize::try_from(place - at.1).unwrap_or(0);
            let to = usize::try_from(span.end - at.1).unwrap_or(filled).min(filled);
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

/// Hands out the lines of spans one by one, each with its end.
///
/// # Errors
/// When a file cannot be read or the sink takes nothing.
pub fn lines(
    files: &[LogFile],
    spans: &[Span],
    mut sink: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), LogError> {
    let mut begun: Vec<u8> = Vec::new();
    copy(files, spans, |piece| {
        for line in each_line(piece, 0) {
            let line = &piece[line];
            let is_whole = line.ends_with(b"\n");
            if is_whole && begun.is_empty() {
                sink(line)?;
                continue;
            }
            begun.extend_from_slice(line);
            if is_whole || begun.len() > LONGEST {
                sink(&begun)?;
                begun.clear();
            }
        }
        Ok(())
    })
}

/// Reads a file from its end, in chunks of whole lines that begin with a line of ours, if one is near enough.
struct Chunks<'a> {
    file: &'a LogFile,
    /// Where the chunk begins; the next one ends here.
    start: u64,
    bytes: Vec<u8>,
    block: usize,
}

impl<'a> Chunks<'a> {
    fn new(file: &'a LogFile, end: u64) -> Self {
        Self { file, start: end, bytes: Vec::new(), block: FIRST_BLOCK }
    }

    /// Goes one chunk back; false at the beginning of the file.
    fn previous(&mut self, filter: &Filter) -> Result<bool, LogError> {
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
            let first = if start == 0 { Some(0) } else { self.first_line(filter, block >= LONGEST) };
            if let Some(first) = first {
                self.bytes.drain(..first);
                self.start = start + first as u64;
                return Ok(true);
            }
            block *= 4;
        }
    }

    /// A judge who has seen what comes before the chunk, as far as that matters: the first line may go the way of one in the
    /// files before this one.
    fn judge_before<'f>(
        &self,
        older: &[LogFile],
        ends: &[u64],
        filter: &'f Filter,
    ) -> Result<Judge<'f>, LogError> {
        let first = trimmed(&self.bytes[..line_end(&self.bytes, 0)]);
        if self.start > 0 || filter.is_head(first) {
            return Ok(Judge::new(filter));
        }
        judge_at(older, ends, filter)
    }

    /// Where in the block a chunk can begin. The first line may be cut in two.
    fn first_line(&self, filter: &Filter, must_be: bool) -> Option<usize> {
        let second = line_end(&self.bytes, 0);
        let head = each_line(&self.bytes, second)
            .find(|line| filter.is_all() || filter.is_head(trimmed(&self.bytes[line.clone()])))
            .map(|line| line.start);
        let any = if second < self.bytes.len() { second } else { 0 };
        head.or_else(|| must_be.then_some(any))
    }
}
