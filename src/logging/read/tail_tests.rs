//! The reader from the end, compared with one that reads everything.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use tempfile::TempDir;

use super::files::{self, LOG_FILE};
use super::filter::{LineFilter, LineJudge};
use super::line::{FieldFilter, line_ranges};
use super::pattern::LinePattern;
use super::tail;
use crate::config::logging::LogLevel;

fn start() -> DateTime<Utc> {
    "2026-11-22T14:00:00Z".parse().unwrap()
}

pub(super) fn stamp(second: i64) -> String {
    (start() + TimeDelta::seconds(second)).to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// Files by their content, the oldest first.
fn folder(contents: &[Vec<u8>]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, content) in contents.iter().rev().enumerate() {
        let name = if number == 0 { LOG_FILE.to_owned() } else { format!("{LOG_FILE}.{number}") };
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

/// What is shown, as bytes and line by line.
fn shown(folder: &Path, filter: &LineFilter, count: Option<u64>) -> Vec<u8> {
    let files = files::open_all(folder).unwrap();
    let ends: Vec<u64> = files.iter().map(|file| file.size().unwrap()).collect();
    let spans = tail::find_last_lines(&files, &ends, filter, count).unwrap();
    let (mut bytes, mut lines) = (Vec::new(), Vec::new());
    tail::copy_spans(&files, &spans, |piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    })
    .unwrap();
    tail::read_lines(&files, &spans, |line| {
        lines.extend_from_slice(line);
        lines.extend((!line.ends_with(b"\n")).then_some(b'\n'));
        Ok(())
    })
    .unwrap();
    assert_eq!(bytes, lines);
    bytes
}

/// The same by reading everything.
fn expected(contents: &[Vec<u8>], filter: &LineFilter, count: Option<u64>) -> Vec<u8> {
    let mut wanted: Vec<Vec<u8>> = Vec::new();
    let mut judge = LineJudge::new(filter);
    for content in contents {
        for line in line_ranges(content, 0) {
            let line = &content[line];
            if judge.wants(line) {
                wanted.push([line.strip_suffix(b"\n").unwrap_or(line), b"\n"].concat());
            }
        }
    }
    let skipped = count.map_or(0, |count| wanted.len().saturating_sub(usize::try_from(count).unwrap()));
    wanted[skipped..].concat()
}

/// A line as one may find it, in seconds since the start so that times go up.
fn line(kind: u8, second: i64) -> Vec<u8> {
    let at = stamp(second);
    match kind {
        0..=3 => format!("{at}  INFO update update={second} chat=-{} ms=1.5\n", second % 3).into_bytes(),
        4 => format!("{at} ERROR not handled update={second} error=the disk is full\n").into_bytes(),
        5 => format!(
            "{{\"timestamp\":\"{at}\",\"level\":\"WARN\",\"message\":\"flood\",\"chat\":-{}}}\n",
            second % 3
        )
        .into(),
        6 => b"   0: std::backtrace at src/x.rs\n".to_vec(),
        7 => b"\xff\xfe\0broken\x1b[31m flood\r\n".to_vec(),
        8 => b"\n".to_vec(),
        // Longer than any block that is read at first.
        9 => [format!("{at} DEBUG ").as_bytes(), &b"x".repeat(90_000), b" end\n"].concat(),
        // A file full of them stays below the distance at which the head is looked for.
        _ => [b"foreign ".as_slice(), &b"y".repeat(usize::from(kind) * 20), b"\n"].concat(),
    }
}

fn contents() -> impl Strategy<Value = Vec<Vec<u8>>> {
    // Long lines are rare, and foreign lines come in runs.
    let kind = prop_oneof![20 => 0..9_u8, 1 => Just(9_u8), 1 => 10..255_u8];
    let lines = prop::collection::vec((kind, 1..200_usize), 0..12);
    let file = (lines, any::<bool>());
    prop::collection::vec(file, 1..=6).prop_map(|files| {
        let mut second = 0;
        files
            .into_iter()
            .map(|(runs, ends_well)| {
                let mut content = Vec::new();
                for (kind, times) in runs {
                    for _ in 0..if kind == 9 { 1 } else { times } {
                        second += 1;
                        content.extend(line(kind, second));
                    }
                }
                if !ends_well {
                    content.pop();
                }
                content
            })
            .collect()
    })
}

fn filters() -> impl Strategy<Value = LineFilter> {
    let patterns = [
        "ERROR",
        "full$",
        "^$",
        "(?i)FLOOD",
        "update=1",
        r"\Afo",
        r"end\z",
        "(?s).*x.*",
        "[^a]*flood",
        "",
        "^ +0:",
        r"(?-m)^\{",
        "broken",
        "xx end",
        r"\s",
        "nowhere",
        r"flood[^z]*WARN",
        "ERROR .*full",
        "chat=-[12]",
        "updatx?e upda",
        r"src/x\.rs$",
    ];
    (
        prop::option::of(prop::sample::select(vec![LogLevel::Info, LogLevel::Warn, LogLevel::Error])),
        prop::option::of(0..400_i64),
        prop::option::of(300..2000_i64),
        prop::option::of(0..3_i64),
        prop::option::of(prop::sample::select(patterns.to_vec())),
    )
        .prop_map(|(level, since, until, chat, pattern)| LineFilter {
            level,
            since: since.map(|second| start() + TimeDelta::seconds(second)),
            until: until.map(|second| start() + TimeDelta::seconds(second)),
            fields: chat.map(|chat| FieldFilter::new("chat", -chat)).into_iter().collect(),
            pattern: pattern.map(|pattern| LinePattern::new(pattern).unwrap()),
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn reading_from_the_end_selects_the_same_lines_as_reading_everything(
        contents in contents(),
        filter in filters(),
        filters in any::<bool>(),
        count in prop::option::of(0..700_u64),
    ) {
        let filter = if filters { filter } else { LineFilter::default() };
        let folder = folder(&contents);
        let shown = shown(folder.path(), &filter, count);
        let expected = expected(&contents, &filter, count);
        prop_assert!(
            shown == expected,
            "{filter:?} {count:?}\n{}\n--- instead of\n{}",
            String::from_utf8_lossy(&shown),
            String::from_utf8_lossy(&expected)
        );
    }
}

#[test]
fn clock_set_back_hides_no_lines() {
    let lines =
        |seconds: std::ops::Range<i64>| seconds.flat_map(|second| line(0, second)).collect::<Vec<u8>>();
    let day = 86_400;
    let before = lines(day..day + 5_000);
    let new = [lines(0..5_000), lines(day + 6_000..day + 6_050)].concat();
    let folder = folder(&[before.clone(), new.clone()]);
    let filter = LineFilter { since: Some(start() + TimeDelta::days(1)), ..LineFilter::default() };
    let shown = shown(folder.path(), &filter, None);
    assert_eq!(shown, expected(&[before, new], &filter, None));
    assert_eq!(line_ranges(&shown, 0).count(), 5_050);
}

#[test]
fn backtrace_continued_in_the_next_files_is_filtered_with_its_line() {
    let head = |level: &str, chat: i64| format!("{}  {level} it chat={chat}\n", stamp(chat));
    let contents = [
        format!("lost\n{}{}   0: a\n", head("INFO", 1), head("ERROR", 2)),
        "   1: b\n".to_owned(),
        format!("   2: c\n{}   0: d\n", head("INFO", 3)),
        "   1: e\n".to_owned(),
    ]
    .map(String::into_bytes);
    let folder = folder(&contents);
    let all = LineFilter::default();
    let of = |chat| LineFilter { fields: vec![FieldFilter::new("chat", chat)], ..all.clone() };
    let severe = LineFilter { level: Some(LogLevel::Warn), ..all.clone() };
    let with = |pattern| LineFilter { pattern: Some(LinePattern::new(pattern).unwrap()), ..all.clone() };
    for (filter, count, wanted) in [
        (severe.clone(), None, vec!["ERROR", "0: a", "1: b", "2: c"]),
        (severe, Some(2), vec!["1: b", "2: c"]),
        (of(2), None, vec!["chat=2", "0: a", "1: b", "2: c"]),
        (of(3), None, vec!["chat=3", "0: d", "1: e"]),
        (with("ERROR"), None, vec!["ERROR", "0: a", "1: b", "2: c"]),
        (with("1: e|lost"), None, vec!["lost", "1: e"]),
    ] {
        let shown = String::from_utf8(shown(folder.path(), &filter, count)).unwrap();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), wanted.len(), "{filter:?}: {shown}");
        assert!(lines.iter().zip(wanted).all(|(line, part)| line.contains(part)), "{filter:?}: {shown}");
    }
}
