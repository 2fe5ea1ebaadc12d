//! The reader against one that reads everything, and the follower through everything that happens to files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;
use tempfile::TempDir;

use super::backwards;
use super::files::{self, NAME};
use super::filter::{Filter, Judge, each_line, trimmed};
use super::follow::{Follower, Incident};
use super::line::Field;
use super::pattern::Pattern;
use crate::config::logging::LogLevel;

fn start() -> DateTime<Utc> {
    "2026-11-22T14:00:00Z".parse().unwrap()
}

fn stamp(second: i64) -> String {
    (start() + TimeDelta::seconds(second)).to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// Files by their content, the oldest first.
fn folder(contents: &[Vec<u8>]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, content) in contents.iter().rev().enumerate() {
        let name = if number == 0 { NAME.to_owned() } else { format!("{NAME}.{number}") };
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

/// What is shown, as bytes and line by line.
fn shown(folder: &Path, filter: &Filter, count: Option<u64>) -> Vec<u8> {
    let files = files::look(folder).unwrap();
    let ends: Vec<u64> = files.iter().map(|file| file.size().unwrap()).collect();
    let spans = backwards::last(&files, &ends, filter, count).unwrap();
    let (mut bytes, mut lines) = (Vec::new(), Vec::new());
    backwards::copy(&files, &spans, |piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    })
    .unwrap();
    backwards::lines(&files, &spans, |line| {
        lines.extend_from_slice(line);
        lines.extend((!line.ends_with(b"\n")).then_some(b'\n'));
        Ok(())
    })
    .unwrap();
    assert_eq!(bytes, lines);
    bytes
}

/// The same by reading everything.
fn expected(contents: &[Vec<u8>], filter: &Filter, count: Option<u64>) -> Vec<u8> {
    let mut wanted: Vec<Vec<u8>> = Vec::new();
    for content in contents {
        let mut judge = Judge::new(filter);
        for line in each_line(content, 0) {
            let line = &content[line];
            if judge.wants(trimmed(line)) {
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

fn filters() -> impl Strategy<Value = Filter> {
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
        .prop_map(|(level, since, until, chat, pattern)| Filter {
            level,
            since: since.map(|second| start() + TimeDelta::seconds(second)),
            until: until.map(|second| start() + TimeDelta::seconds(second)),
            fields: chat.map(|chat| Field::new("chat", -chat)).into_iter().collect(),
            pattern: pattern.map(|pattern| Pattern::new(pattern).unwrap()),
            zone: Tz::UTC,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn the_end_is_the_same_as_when_everything_is_read(
        contents in contents(),
        filter in filters(),
        filters in any::<bool>(),
        count in prop::option::of(0..700_u64),
    ) {
        let filter = if filters { filter } else { Filter::all(Tz::UTC) };
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
fn a_clock_that_was_set_back_hides_nothing() {
    let lines =
        |seconds: std::ops::Range<i64>| seconds.flat_map(|second| line(0, second)).collect::<Vec<u8>>();
    let day = 86_400;
    let before = lines(day..day + 5_000);
    let new = [lines(0..5_000), lines(day + 6_000..day + 6_050)].concat();
    let folder = folder(&[before.clone(), new.clone()]);
    let filter = Filter { since: Some(start() + TimeDelta::days(1)), ..Filter::all(Tz::UTC) };
    let shown = shown(folder.path(), &filter, None);
    assert_eq!(shown, expected(&[before, new], &filter, None));
    assert_eq!(each_line(&shown, 0).count(), 5_050);
}

/// A log that is written, and somebody who follows it.
struct Followed {
    folder: TempDir,
    next: u32,
}

impl Followed {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), next: 0 }
    }

    fn path(&self, number: usize) -> std::path::PathBuf {
        let name = if number == 0 { NAME.to_owned() } else { format!("{NAME}.{number}") };
        self.folder.path().join(name)
    }

    fn write(&self, text: &str) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.path(0)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn line(&mut self) -> String {
        self.next += 1;
        format!("line {}\n", self.next)
    }

    fn rotate(&self) {
        let _none = fs::remove_file(self.path(5));
        for number in (0..5).rev() {
            let _gap = fs::rename(self.path(number), self.path(number + 1));
        }
    }
}

fn look(follower: &mut Follower<'_>) -> (String, Option<Incident>) {
    let mut shown = Vec::new();
    let incident = follower.look(&mut |line| shown.write_all(line)).unwrap();
    (String::from_utf8(shown).unwrap(), incident)
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Line,
    HalfALine,
    Rotate,
    Empty,
    Look,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_written_is_shown_once(acts in prop::collection::vec(
        prop_oneof![
            4 => Just(Act::Line), 2 => Just(Act::HalfALine), 2 => Just(Act::Rotate), 1 => Just(Act::Empty), 2 => Just(Act::Look),
        ],
        0..80,
    )) {
        let mut log = Followed::new();
        let filter = Filter::all(Tz::UTC);
        let mut follower = Follower::new(log.folder.path(), Vec::new(), 0, &filter).unwrap();
        let (mut written, mut shown) = (String::new(), String::new());
        // What was not seen can be rotated away after five times.
        let mut rotations = 0;
        for act in acts {
            match act {
                Act::Line => {
                    let line = log.line();
                    log.write(&line);
                    written += &line;
                }
                Act::HalfALine => {
                    log.write("half of a ");
                    written += "half of a ";
                }
                Act::Rotate if rotations < 4 => {
                    log.rotate();
                    rotations += 1;
                    // Where a file ends, so does its last line.
                    if !written.is_empty() && !written.ends_with('\n') {
                        written += "\n";
                    }
                }
                Act::Empty if !log.path(0).exists() => log.write(""),
                Act::Rotate | Act::Empty | Act::Look => {
                    let (new, incident) = look(&mut follower);
                    prop_assert_eq!(incident, None);
                    shown += &new;
                    rotations = 0;
                }
            }
        }
        log.rotate();
        log.write("last\n");
        shown += &look(&mut follower).0;
        if !written.is_empty() && !written.ends_with('\n') {
            written += "\n";
        }
        // A half line is ended by the change of file and has no newline of its own.
        let lines = |text: &str| text.replace('\n', "");
        prop_assert_eq!(lines(&shown), lines(&(written + "last\n")));
    }
}

#[test]
fn a_line_is_held_until_it_is_whole() {
    let log = Followed::new();
    let filter = Filter::all(Tz::UTC);
    let mut follower = Follower::new(log.folder.path(), Vec::new(), 0, &filter).unwrap();
    assert_eq!(look(&mut follower).0, "");
    log.write("one\ntw");
    assert_eq!(look(&mut follower).0, "one\n");
    log.write("o");
    assert_eq!(look(&mut follower).0, "");
    log.write("\n");
    assert_eq!(look(&mut follower).0, "two\n");
}

#[test]
fn a_truncated_file_is_read_from_its_beginning_even_when_it_has_grown_beyond_where_we_were() {
    let log = Followed::new();
    let filter = Filter::all(Tz::UTC);
    let mut follower = Follower::new(log.folder.path(), Vec::new(), 0, &filter).unwrap();
    log.write("one\ntwo\n");
    assert_eq!(look(&mut follower), ("one\ntwo\n".to_owned(), None));
    fs::copy(log.path(0), log.path(1)).unwrap();
    OpenOptions::new().write(true).truncate(true).open(log.path(0)).unwrap();
    log.write("three\n");
    assert_eq!(look(&mut follower), ("three\n".to_owned(), Some(Incident::Truncated)));
    OpenOptions::new().write(true).truncate(true).open(log.path(0)).unwrap();
    log.write("four is longer than three\n");
    assert_eq!(look(&mut follower), ("four is longer than three\n".to_owned(), Some(Incident::Truncated)));
    // The copy is nothing new, not even when the file moves on.
    log.rotate();
    log.write("five\n");
    assert_eq!(look(&mut follower), ("five\n".to_owned(), None));
}

#[test]
fn the_old_file_is_not_left_before_something_is_in_the_new_one() {
    let log = Followed::new();
    let filter = Filter::all(Tz::UTC);
    let mut follower = Follower::new(log.folder.path(), Vec::new(), 0, &filter).unwrap();
    log.write("one\n");
    let mut writer = OpenOptions::new().append(true).open(log.path(0)).unwrap();
    assert_eq!(look(&mut follower).0, "one\n");
    log.rotate();
    log.write("");
    assert_eq!(look(&mut follower).0, "");
    writer.write_all(b"two\n").unwrap();
    assert_eq!(look(&mut follower).0, "two\n");
    writer.write_all(b"three\n").unwrap();
    log.write("four\n");
    assert_eq!(look(&mut follower).0, "three\nfour\n");
}

#[test]
fn lines_that_are_gone_before_anybody_looked_are_missed_aloud() {
    let mut log = Followed::new();
    let filter = Filter::all(Tz::UTC);
    let mut follower = Follower::new(log.folder.path(), Vec::new(), 0, &filter).unwrap();
    log.write("seen\n");
    assert_eq!(look(&mut follower).0, "seen\n");
    for _ in 0..9 {
        log.rotate();
        let line = log.line();
        log.write(&line);
    }
    let (shown, incident) = look(&mut follower);
    assert_eq!((shown.lines().count(), incident), (6, Some(Incident::Missed)));
    assert!(shown.ends_with("line 9\n"), "{shown}");
    // After exactly six nothing is missing, but the names are the same.
    let written: String = (0..6)
        .map(|_| {
            let line = log.line();
            log.rotate();
            log.write(&line);
            line
        })
        .collect();
    assert_eq!(look(&mut follower), (written, Some(Incident::Missed)));
}

#[test]
fn a_backtrace_goes_the_way_of_its_line_also_where_following_begins() {
    let log = Followed::new();
    let filter = Filter { level: Some(LogLevel::Warn), ..Filter::all(Tz::UTC) };
    log.write(&format!("{}  INFO fine\n", stamp(1)));
    let found = files::look(log.folder.path()).unwrap();
    let end = found[0].size().unwrap();
    let mut follower = Follower::new(log.folder.path(), found, end, &filter).unwrap();
    log.write("belongs to what is fine\n");
    assert_eq!(look(&mut follower).0, "");
    let trouble = format!("{} ERROR trouble\n   0: here\n", stamp(2));
    log.write(&trouble);
    assert_eq!(look(&mut follower).0, trouble);
}
