//! The follower under rotation, truncation and partial writes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs::{self, OpenOptions};
use std::io::Write;

use proptest::prelude::*;
use tempfile::TempDir;

use super::files::{self, LOG_FILE};
use super::filter::LineFilter;
use super::follow::{FollowEvent, LogFollower};
use super::tail_tests::stamp;
use crate::config::logging::LogLevel;

/// A log that is written while it is followed.
struct Followed {
    folder: TempDir,
    next: u32,
}

impl Followed {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), next: 0 }
    }

    fn path(&self, number: usize) -> std::path::PathBuf {
        let name = if number == 0 { LOG_FILE.to_owned() } else { format!("{LOG_FILE}.{number}") };
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

fn poll(follower: &mut LogFollower<'_>) -> (String, Option<FollowEvent>) {
    let mut shown = Vec::new();
    let incident = follower.poll(&mut |line| shown.write_all(line)).unwrap();
    (String::from_utf8(shown).unwrap(), incident)
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Line,
    HalfALine,
    Rotate,
    Empty,
    Poll,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn every_written_line_is_passed_on_once(acts in prop::collection::vec(
        prop_oneof![
            4 => Just(Act::Line), 2 => Just(Act::HalfALine), 2 => Just(Act::Rotate), 1 => Just(Act::Empty), 2 => Just(Act::Poll),
        ],
        0..80,
    )) {
        let mut log = Followed::new();
        let filter = LineFilter::default();
        let mut follower = LogFollower::new(log.folder.path(), Vec::new(), 0, &filter).unwrap();
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
                Act::Rotate | Act::Empty | Act::Poll => {
                    let (new, incident) = poll(&mut follower);
                    prop_assert_eq!(incident, None);
                    shown += &new;
                    rotations = 0;
                }
            }
        }
        log.rotate();
        log.write("last\n");
        shown += &poll(&mut follower).0;
        if !written.is_empty() && !written.ends_with('\n') {
            written += "\n";
        }
        // A half line is ended by the change of file and has no newline of its own.
        let lines = |text: &str| text.replace('\n', "");
        prop_assert_eq!(lines(&shown), lines(&(written + "last\n")));
    }
}

#[test]
fn partial_line_is_held_back_until_complete() {
    let log = Followed::new();
    let filter = LineFilter::default();
    let mut follower = LogFollower::new(log.folder.path(), Vec::new(), 0, &filter).unwrap();
    assert_eq!(poll(&mut follower).0, "");
    log.write("one\ntw");
    assert_eq!(poll(&mut follower).0, "one\n");
    log.write("o");
    assert_eq!(poll(&mut follower).0, "");
    log.write("\n");
    assert_eq!(poll(&mut follower).0, "two\n");
}

#[test]
fn truncated_file_is_read_from_its_beginning_even_if_longer_than_before() {
    let log = Followed::new();
    let filter = LineFilter::default();
    let mut follower = LogFollower::new(log.folder.path(), Vec::new(), 0, &filter).unwrap();
    log.write("one\ntwo\n");
    assert_eq!(poll(&mut follower), ("one\ntwo\n".to_owned(), None));
    fs::copy(log.path(0), log.path(1)).unwrap();
    OpenOptions::new().write(true).truncate(true).open(log.path(0)).unwrap();
    log.write("three\n");
    assert_eq!(poll(&mut follower), ("three\n".to_owned(), Some(FollowEvent::Truncated)));
    OpenOptions::new().write(true).truncate(true).open(log.path(0)).unwrap();
    log.write("four is longer than three\n");
    assert_eq!(poll(&mut follower), ("four is longer than three\n".to_owned(), Some(FollowEvent::Truncated)));
    // The copy is nothing new, not even when the file moves on.
    log.rotate();
    log.write("five\n");
    assert_eq!(poll(&mut follower), ("five\n".to_owned(), None));
}

#[test]
fn old_file_is_followed_until_the_new_one_has_content() {
    let log = Followed::new();
    let filter = LineFilter::default();
    let mut follower = LogFollower::new(log.folder.path(), Vec::new(), 0, &filter).unwrap();
    log.write("one\n");
    let mut writer = OpenOptions::new().append(true).open(log.path(0)).unwrap();
    assert_eq!(poll(&mut follower).0, "one\n");
    log.rotate();
    log.write("");
    assert_eq!(poll(&mut follower).0, "");
    writer.write_all(b"two\n").unwrap();
    assert_eq!(poll(&mut follower).0, "two\n");
    writer.write_all(b"three\n").unwrap();
    log.write("four\n");
    assert_eq!(poll(&mut follower).0, "three\nfour\n");
}

#[test]
fn lines_lost_between_polls_are_reported() {
    let mut log = Followed::new();
    let filter = LineFilter::default();
    let mut follower = LogFollower::new(log.folder.path(), Vec::new(), 0, &filter).unwrap();
    log.write("seen\n");
    assert_eq!(poll(&mut follower).0, "seen\n");
    for _ in 0..9 {
        log.rotate();
        let line = log.line();
        log.write(&line);
    }
    let (shown, incident) = poll(&mut follower);
    assert_eq!((shown.lines().count(), incident), (6, Some(FollowEvent::LinesMissed)));
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
    assert_eq!(poll(&mut follower), (written, Some(FollowEvent::LinesMissed)));
}

#[test]
fn backtrace_is_filtered_with_its_line_also_where_following_begins() {
    let log = Followed::new();
    let filter = LineFilter { level: Some(LogLevel::Warn), ..LineFilter::default() };
    log.write(&format!("{}  INFO fine\n", stamp(1)));
    let found = files::open_all(log.folder.path()).unwrap();
    let end = found[0].size().unwrap();
    let mut follower = LogFollower::new(log.folder.path(), found, end, &filter).unwrap();
    log.write("belongs to what is fine\n");
    assert_eq!(poll(&mut follower).0, "");
    let trouble = format!("{} ERROR trouble\n   0: here\n", stamp(2));
    log.write(&trouble);
    assert_eq!(poll(&mut follower).0, trouble);
    // Also when the file was full in the middle of it.
    log.rotate();
    log.write("   1: there\n");
    assert_eq!(poll(&mut follower).0, "   1: there\n");
    log.rotate();
    log.write("   2: and there\n");
    let found = files::open_all(log.folder.path()).unwrap();
    let end = found[2].size().unwrap();
    let mut late = LogFollower::new(log.folder.path(), found, end, &filter).unwrap();
    log.write("   3: and so on\n");
    assert_eq!(poll(&mut late).0, "   3: and so on\n");
    assert_eq!(poll(&mut follower).0, "   2: and there\n   3: and so on\n");
    log.rotate();
    log.write(&format!("belongs to trouble\n{}  INFO fine\nbelongs to what is fine\n", stamp(3)));
    assert_eq!(poll(&mut follower).0, "belongs to trouble\n");
}
