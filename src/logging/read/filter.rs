//! Which lines are wanted.
//!
//! A foreign line (a backtrace) belongs to the line of ours before it, also where that is in the file before, which was
//! full in the middle: what drops that one drops it too. For the pattern it is enough that either matches. Foreign lines with none of ours before them can be judged
//! by the pattern only, so any other filter drops them.
//!
//! [`Judge`] decides line by line, [`Filter::pick`] over many lines at once; both decide the same.

use std::ops::Range;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::line::{Field, Head};
use super::pattern::Pattern;
use crate::config::logging::LogLevel;

/// What a line must be to be shown; nothing is asked by default, except the zone.
#[derive(Clone, Debug)]
pub struct Filter {
    /// At least that severe.
    pub level: Option<LogLevel>,
    /// The first moment.
    pub since: Option<DateTime<Utc>>,
    /// The last moment.
    pub until: Option<DateTime<Utc>>,
    /// Numbers in fields; all of them.
    pub fields: Vec<Field>,
    /// What is in the line.
    pub pattern: Option<Pattern>,
    /// The clock of the old bot, whose lines do not say.
    pub zone: Tz,
}

impl Filter {
    /// Everything.
    #[must_use]
    pub fn all(zone: Tz) -> Self {
        Self { level: None, since: None, until: None, fields: Vec::new(), pattern: None, zone }
    }

    /// Whether every line is wanted.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.pattern.is_none() && !self.asks_heads()
    }

    /// Whether only lines of ours can say if they are wanted.
    fn asks_heads(&self) -> bool {
        self.level.is_some() || self.since.is_some() || self.until.is_some() || !self.fields.is_empty()
    }

    /// Whether a line of ours is wanted as far as it is not for the pattern.
    fn allows(&self, head: &Head, line: &[u8]) -> bool {
        self.level.is_none_or(|level| head.level >= level)
            && self.since.is_none_or(|since| head.time >= since)
            && self.until.is_none_or(|until| head.time <= until)
            && self.fields.iter().all(|field| head.has(line, field))
    }

    /// Whether a line begins something of ours.
    #[must_use]
    pub fn is_head(&self, line: &[u8]) -> bool {
        Head::of(line, self.zone).is_some()
    }

    /// The wanted ones of whole lines, in order, each with its end; the judge has seen those before them.
    pub fn pick(&self, mut judge: Judge<'_>, lines: &[u8], wanted: &mut Vec<Range<usize>>) {
        let Some(pattern) = &self.pattern else {
            wanted.extend(each_line(lines, 0).filter(|line| judge.wants(trimmed(&lines[line.clone()]))));
            return;
        };
        // Whether the last line of ours before `seen` is allowed.
        let (mut allowed, mut seen) = (judge.last.0, 0);
        if judge.last.1 {
            seen = self.add_foreign(lines, 0, allowed, wanted);
        }
        while let Some(found) = pattern.next_line(lines, seen) {
            let part = if self.asks_heads() { seen..found.end } else { found.clone() };
            let of_ours = self.last_head(lines, part);
            if let Some((line, head)) = &of_ours {
                allowed = self.allows(head, trimmed(&lines[line.clone()]));
            }
            let is_head = of_ours.is_some_and(|(line, _)| line == found);
            seen = found.end;
            if allowed {
                wanted.push(found);
            }
            if is_head {
                seen = self.add_foreign(lines, seen, allowed, wanted);
            }
        }
    }

    /// Adds what belongs to a line of ours that has the pattern and ends here, if that one is allowed. Returns where the next
    /// one of ours begins.
    fn add_foreign(
        &self,
        lines: &[u8],
        start: usize,
        allowed: bool,
        wanted: &mut Vec<Range<usize>>,
    ) -> usize {
        let mut end = start;
        for line in each_line(lines, start) {
            if self.is_head(trimmed(&lines[line.clone()])) {
                break;
            }
            end = line.end;
            wanted.extend(allowed.then_some(line));
        }
        end
    }

    /// The last line of ours in a part.
    fn last_head(&self, lines: &[u8], part: Range<usize>) -> Option<(Range<usize>, Head)> {
        let mut end = part.end;
        while end > part.start {
            let line = line_start(lines, end - 1).max(part.start)..end;
            if let Some(head) = Head::of(trimmed(&lines[line.clone()]), self.zone) {
                return Some((line, head));
            }
            end = line.start;
        }
        None
    }
}

/// Judges line after line of a log.
#[derive(Clone, Debug)]
pub struct Judge<'f> {
    filter: &'f Filter,
    /// Whether the last line of ours is wanted but for the pattern, and whether it has the pattern.
    last: (bool, bool),
}

impl<'f> Judge<'f> {
    /// At the beginning of a log, or before a line of ours.
    #[must_use]
    pub fn new(filter: &'f Filter) -> Self {
        Self { filter, last: (!filter.asks_heads(), filter.pattern.is_none()) }
    }

    /// Whether the next line (without its end) is wanted.
    pub fn wants(&mut self, line: &[u8]) -> bool {
        let has_pattern = |line| self.filter.pattern.as_ref().is_none_or(|pattern| pattern.is_in(line));
        if self.filter.is_all() {
            return true;
        }
        if let Some(head) = Head::of(line, self.filter.zone) {
            self.last = (self.filter.allows(&head, line), has_pattern(line));
            return self.last.0 && self.last.1;
        }
        self.last.0 && (self.last.1 || has_pattern(line))
    }
}

/// A line without its end.
#[must_use]
pub fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Where the line begins in which `at` is.
pub(super) fn line_start(lines: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &lines[..at]).map_or(0, |newline| newline + 1)
}

/// Where the line that begins at `start` ends, newline included.
pub(super) fn line_end(lines: &[u8], start: usize) -> usize {
    memchr::memchr(b'\n', &lines[start..]).map_or(lines.len(), |newline| start + newline + 1)
}

/// Every line from the one that begins at `start` on.
pub(super) fn each_line(lines: &[u8], start: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = start;
    std::iter::from_fn(move || {
        (at < lines.len()).then(|| {
            let line = at..line_end(lines, at);
            at = line.end;
            line
        })
    })
}
