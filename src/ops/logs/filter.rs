//! Which lines are wanted.
//!
//! A foreign line (a backtrace) belongs to the line of ours before it, in the same file: what drops that one drops it
//! too. For the pattern it is enough that either matches. Foreign lines with none of ours before them can be judged
//! by the pattern only, so any other filter drops them.
//!
//! [`Judge`] decides line by line, [`Filter::pick`] over many lines at once; both decide the same.

use std::ops::Range;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};

use super::line::{Field, Head};
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

/// A regular expression that is looked for in whole blocks, and holds for single lines.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    /// It speaks of the beginning or the end of a text, so lines must be shown to it one by one.
    by_line: bool,
    /// Its matches never go beyond a line, so that one in a block is one in a line.
    in_one_line: bool,
    /// What every line with it has.
    literal: Option<Finder<'static>>,
}

impl Pattern {
    /// Compiles it.
    ///
    /// # Errors
    /// What is wrong with it, in several lines that point at the place.
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        let regex = RegexBuilder::new(text).multi_line(true).crlf(true).build()?;
        let sets_flags = ["(?P<", "(?<", "(?:", "(?i)"]
            .iter()
            .fold(text.to_owned(), |text, harmless| text.replace(harmless, ""));
        let by_line = sets_flags.contains("(?") || text.contains(r"\A") || text.contains(r"\z");
        let literal = required(text).map(|literal| Finder::new(literal.as_bytes()).into_owned());
        Ok(Self { regex, by_line, in_one_line: stays_in_one_line(text), literal })
    }

    /// Whether it is in the line (without its end).
    #[must_use]
    pub fn is_in(&self, line: &[u8]) -> bool {
        self.regex.is_match(line)
    }

    /// The next line at or after `from`, which begins a line, that has it.
    fn next_line(&self, lines: &[u8], from: usize) -> Option<Range<usize>> {
        if let Some(literal) = &self.literal {
            return self.next_with(literal, lines, from);
        }
        if !self.by_line {
            // Where the first match ends is found in one pass; no line before that one has it.
            let start = line_start(lines, self.regex.shortest_match_at(lines, from)?);
            let line = start..line_end(lines, start);
            let is_line = start >= from && !line.is_empty();
            if is_line && (self.in_one_line || self.is_in(trimmed(&lines[line.clone()]))) {
                return Some(line);
            }
            // What matched spans lines. Looking on from each of them could take very long.
        }
        each_line(lines, from).find(|line| self.is_in(trimmed(&lines[line.clone()])))
    }

    /// The same by a text without which there is no match.
    fn next_with(&self, literal: &Finder<'_>, lines: &[u8], from: usize) -> Option<Range<usize>> {
        let mut at = from;
        loop {
            let found = at + literal.find(lines.get(at..)?)?;
            let line = line_start(lines, found)..line_end(lines, found);
            if self.is_in(trimmed(&lines[line.clone()])) {
                return Some(line);
            }
            at = line.end;
        }
    }
}

/// The longest text that every match of the pattern holds; nothing where that is not plain to see. Other than the
/// expression itself, which begins to check wherever its beginning is, this looks for what is rare.
fn required(pattern: &str) -> Option<String> {
    // What is between bars or in brackets need not be there; flags change what letters mean.
    if pattern.contains(['|', '(']) {
        return None;
    }
    let (mut runs, mut run) = (Vec::new(), String::new());
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '.' | '^' | '$' | '+' => runs.push(std::mem::take(&mut run)),
            '*' | '?' => {
                run.pop();
                runs.push(std::mem::take(&mut run));
            }
            '\\' => match letters.next() {
                Some(escaped) if escaped.is_ascii_punctuation() && !"<>".contains(escaped) => {
                    run.push(escaped);
                }
                Some('b' | 'd' | 'w' | 's' | 'D' | 'W' | 'S') => runs.push(std::mem::take(&mut run)),
                _ => break,
            },
            '{' => {
                run.pop();
                break;
            }
            '[' => break,
            letter => run.push(letter),
        }
    }
    runs.push(run);
    let longest = runs.into_iter().max_by_key(String::len)?;
    (longest.len() > 2 && !longest.contains(['\n', '\r'])).then_some(longest)
}

/// Whether nothing in the pattern can match the end of a line; where that is not plain to see, no.
fn stays_in_one_line(text: &str) -> bool {
    let mut escaped = false;
    let is_plain = text.chars().all(|letter| {
        let is_plain =
            !letter.is_control() && (!escaped || letter.is_ascii_punctuation() || "bdw".contains(letter));
        escaped = letter == '\\' && !escaped;
        is_plain
    });
    // Sets may be turned around, and ranges are hard to see through.
    is_plain
        && !text.contains("[^")
        && !text.contains("[[")
        && !text.contains("&&")
        && !text.contains('\u{85}')
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

    /// Whether lines before these are too old: the first of these is.
    #[must_use]
    pub fn is_past(&self, lines: &[u8]) -> bool {
        let first = trimmed(&lines[..line_end(lines, 0)]);
        let Some(since) = self.since else { return false };
        Head::of(first, self.zone).is_some_and(|head| head.time < since)
    }

    /// The wanted ones of whole lines, in order, each with its end. The lines begin with one of ours or with the
    /// file.
    pub fn pick(&self, lines: &[u8], wanted: &mut Vec<Range<usize>>) {
        let Some(pattern) = &self.pattern else {
            let mut judge = Judge::new(self);
            wanted.extend(each_line(lines, 0).filter(|line| judge.wants(trimmed(&lines[line.clone()]))));
            return;
        };
        // Whether the last line of ours before `seen` is allowed.
        let (mut allowed, mut seen) = (!self.asks_heads(), 0);
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
                // What belongs to it goes with it.
                for line in each_line(lines, seen) {
                    if self.is_head(trimmed(&lines[line.clone()])) {
                        break;
                    }
                    seen = line.end;
                    if allowed {
                        wanted.push(line);
                    }
                }
            }
        }
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

/// Judges line after line of one file.
#[derive(Clone, Debug)]
pub struct Judge<'f> {
    filter: &'f Filter,
    /// Whether the last line of ours is wanted but for the pattern, and whether it has the pattern.
    last: (bool, bool),
}

impl<'f> Judge<'f> {
    /// At the beginning of a file.
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
fn line_start(lines: &[u8], at: usize) -> usize {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_match_holds_is_seen_where_it_is_plain() {
        for (pattern, expected) in [
            ("flood wait", Some("flood wait")),
            ("message .*refused ms=1[0-9]xxxxxxxxxxxxxxxx", Some("refused ms=1")),
            (r"a\.bc\d+wxyz", Some("wxyz")),
            ("colou?r", Some("colo")),
            ("abcd*efghi", Some("efghi")),
            ("abcd+efg", Some("abcd")),
            ("abcd{0}efghij", Some("abc")),
            (r"abc\x41bcdef", Some("abc")),
            (r"\p{Lu}abc", None),
            ("abc|def", None),
            ("(abc)?", None),
            ("(?i)abc", None),
            ("(?x) a b c", None),
            ("ab", None),
        ] {
            assert_eq!(required(pattern).as_deref(), expected, "{pattern}");
        }
    }
}
