//! What holds for any content of the log files.

#![allow(clippy::missing_panics_doc, clippy::expect_used, reason = "a check fails with a panic")]

use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::path::Path;

use rustix::fs::{MemfdFlags, memfd_create};

use super::event::{LogEvent, parse_event};
use super::files::LogFile;
use super::filter::LineFilter;
use super::line::{LineFormat, LineHead, level_range, without_line_end};
use super::pattern::LinePattern;
use super::tail::{find_last_lines, read_lines};
use crate::config::logging::LogLevel;

/// Checks that lines come out whole, each that is wanted and no other, and that none loses a word when it is split.
pub fn check_log(data: &[u8]) {
    let (older, newer) = data.split_at(data.len() / 2);
    let found = LinePattern::new("flood").ok();
    for (level, pattern, count) in [
        (None, None, Some(2)),
        (Some(LogLevel::Warn), None, None),
        (None, found.clone(), Some(5)),
        (Some(LogLevel::Error), found, None),
    ] {
        let (has_pattern, filter) =
            (pattern.is_some(), LineFilter { level, pattern, ..LineFilter::default() });
        let shown = shown_lines([older, newer], &filter, count);
        let wanted = wanted_lines([older, newer], level, has_pattern.then_some(b"flood"));
        let skipped = count.map_or(0, |count| wanted.len().saturating_sub(count));
        assert_eq!(shown, wanted[skipped..].concat(), "{level:?} {has_pattern} {count:?}");
    }
    data.split(|byte| *byte == b'\n').for_each(check_line);
}

fn check_line(line: &[u8]) {
    let whole = String::from_utf8_lossy(line);
    let event = parse_event(line);
    let head = LineHead::parse(line);
    assert!(level_range(line).is_none_or(|range| line[range].is_ascii()), "{whole:?}");
    if let LogEvent::Foreign { raw } = &event {
        assert_eq!(*raw, whole);
    } else if let Some(LineHead { format: LineFormat::Text { message, .. }, .. }) = head {
        let rest = String::from_utf8_lossy(&line[message..]);
        let shown = serde_json::to_string(&event).expect("an event is JSON");
        // Escapes are replaced, and numbers printed in one form.
        let words = rest.split(|c: char| !c.is_alphabetic()).filter(|word| !["e", "E"].contains(word));
        let lost: Vec<_> = words.filter(|word| !shown.contains(word)).collect();
        assert!(lost.is_empty() || rest.contains('\\'), "{whole:?} lost {lost:?}: {shown}");
    }
}

fn shown_lines(contents: [&[u8]; 2], filter: &LineFilter, count: Option<usize>) -> Vec<u8> {
    let files = contents.map(open_in_memory);
    let ends = contents.map(|content| content.len() as u64);
    let count = count.map(|count| count as u64);
    let spans = find_last_lines(&files, &ends, filter, count).expect("memory can be read");
    let mut shown = Vec::new();
    let read = read_lines(&files, &spans, |line| {
        shown.extend_from_slice(line);
        Ok(())
    });
    read.expect("memory can be read");
    shown
}

/// Selects lines by reading all of them; a line without a head belongs to the last one that has one.
fn wanted_lines(contents: [&[u8]; 2], level: Option<LogLevel>, wanted: Option<&[u8]>) -> Vec<Vec<u8>> {
    let contains = |line: &[u8]| wanted.is_none_or(|wanted| memchr::memmem::find(line, wanted).is_some());
    let (mut is_severe, mut is_found) = (level.is_none(), wanted.is_none());
    let mut lines = Vec::new();
    for line in contents.into_iter().flat_map(|content| content.split_inclusive(|byte| *byte == b'\n')) {
        let head = LineHead::parse(without_line_end(line));
        if let Some(head) = head {
            is_severe = level.is_none_or(|level| head.level >= level);
            is_found = contains(line);
        }
        if is_severe && (is_found || head.is_none() && contains(line)) {
            lines.push([line.strip_suffix(b"\n").unwrap_or(line), b"\n"].concat());
        }
    }
    lines
}

fn open_in_memory(content: &[u8]) -> LogFile {
    let mut file = File::from(memfd_create("log", MemfdFlags::CLOEXEC).expect("memory can be had"));
    file.write_all(content).expect("memory can be written");
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    LogFile::open(Path::new(&path)).expect("memory can be opened").expect("the file is open")
}
