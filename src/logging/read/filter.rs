//! Which lines are wanted.
//!
//! A foreign line (of a backtrace) continues the last line with a head, also across files, and is dropped with it. For the
//! pattern it is enough that either line matches. Foreign lines before any head can be judged by the pattern only, so every
//! other filter drops them.
//!
//! [`LineJudge`] decides line by line, [`LineFilter::select_lines`] over a block of lines; both decide the same.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::LogError;
use super::line::{FieldFilter, LineHead, line_ranges, line_start, without_line_end};
use super::pattern::LinePattern;
use crate::config::logging::LogLevel;

/// Conditions that a line must meet to be shown, all of them; the default lets every line pass.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineFilter {
    /// The least severe level.
    pub(crate) level: Option<LogLevel>,
    pub(crate) since: Option<DateTime<Utc>>,
    pub(crate) until: Option<DateTime<Utc>>,
    pub(crate) fields: Vec<FieldFilter>,
    pub(crate) pattern: Option<LinePattern>,
}

impl LineFilter {
    /// Whether every line passes.
    pub(crate) fn is_empty(&self) -> bool {
        self.pattern.is_none() && !self.needs_heads()
    }

    /// Whether there are conditions that only a line with a head can meet.
    fn needs_heads(&self) -> bool {
        self.level.is_some() || self.since.is_some() || self.until.is_some() || !self.fields.is_empty()
    }

    /// Whether a line with this head meets all conditions except the pattern.
    fn allows_head(&self, head: &LineHead, line: &[u8]) -> bool {
        self.level.is_none_or(|level| head.level >= level)
            && self.since.is_none_or(|since| head.time >= since)
            && self.until.is_none_or(|until| head.time <= until)
            && self.fields.iter().all(|field| head.has_field(line, field))
    }

    /// Adds the ranges of the wanted lines in a block of whole lines; the judge has seen the lines before the block.
    pub(super) fn select_lines(
        &self,
        mut judge: LineJudge<'_>,
        lines: &[u8],
        wanted: &mut Vec<Range<usize>>,
    ) -> Result<(), LogError> {
        let Some(pattern) = &self.pattern else {
            wanted.extend(line_ranges(lines, 0).filter(|line| judge.wants(&lines[line.clone()])));
            return Ok(());
        };
        // Heads are parsed near matches only. `allowed`: whether the last head before `seen` is.
        let (mut allowed, mut seen) = (judge.allows_head, 0);
        if judge.has_pattern {
            seen = add_continuation(lines, 0, allowed, wanted);
        }
        let search = pattern.search_lines(lines, |found| {
            if found.start < seen {
                return;
            }
            let part = if self.needs_heads() { seen..found.end } else { found.clone() };
            let last_head = last_head(lines, part);
            if let Some((line, head)) = &last_head {
                allowed = self.allows_head(head, without_line_end(&lines[line.clone()]));
            }
            let is_head = last_head.is_some_and(|(line, _)| line == found);
            seen = found.end;
            if allowed {
                wanted.push(found);
            }
            if is_head {
                seen = add_continuation(lines, seen, allowed, wanted);
            }
        });
        search.map_err(LogError::Search)
    }
}

/// Whether the line begins an event.
pub(super) fn has_head(line: &[u8]) -> bool {
    LineHead::parse(without_line_end(line)).is_some()
}

/// Adds the foreign lines that continue a line which has the pattern and ends at `start`, if that one is allowed. Returns
/// where the next line with a head begins.
fn add_continuation(lines: &[u8], start: usize, allowed: bool, wanted: &mut Vec<Range<usize>>) -> usize {
    let mut end = start;
    for line in line_ranges(lines, start).take_while(|line| !has_head(&lines[line.clone()])) {
        end = line.end;
        wanted.extend(allowed.then_some(line));
    }
    end
}

/// The last line with a head in a part of the lines.
fn last_head(lines: &[u8], part: Range<usize>) -> Option<(Range<usize>, LineHead)> {
    let mut end = part.end;
    while end > part.start {
        let line = line_start(lines, end - 1).max(part.start)..end;
        if let Some(head) = LineHead::parse(without_line_end(&lines[line.clone()])) {
            return Some((line, head));
        }
        end = line.start;
    }
    None
}

/// Judges line after line of a log.
#[derive(Clone, Debug)]
pub(super) struct LineJudge<'f> {
    filter: &'f LineFilter,
    /// Whether the last line with a head meets all conditions except the pattern.
    allows_head: bool,
    /// Whether the last line with a head has the pattern.
    has_pattern: bool,
}

impl<'f> LineJudge<'f> {
    /// Starts at the beginning of a log, or before a line with a head.
    pub(super) fn new(filter: &'f LineFilter) -> Self {
        Self { filter, allows_head: !filter.needs_heads(), has_pattern: filter.pattern.is_none() }
    }

    pub(super) fn wants(&mut self, line: &[u8]) -> bool {
        if self.filter.is_empty() {
            return true;
        }
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let has_pattern = || self.filter.pattern.as_ref().is_none_or(|pattern| pattern.is_match(text));
        if let Some(head) = LineHead::parse(without_line_end(line)) {
            self.has_pattern = has_pattern();
            self.allows_head = self.filter.allows_head(&head, without_line_end(line));
            return self.allows_head && self.has_pattern;
        }
        self.allows_head && (self.has_pattern || has_pattern())
    }
}
