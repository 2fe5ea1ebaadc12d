//! Reads the log files: from the end backwards, and following them while they are written and rotated.
//!
//! | file | content |
//! |---|---|
//! | [`line`](mod@line) | lines as bytes, and the head of a line in the text and JSON formats |
//! | [`event`] | a line split into fields, for `--json` |
//! | [`pattern`] | the regular expression of `--grep` |
//! | [`filter`] | which lines are wanted |
//! | [`files`] | `bot.log` and its rotated files, identified by device and inode |
//! | [`tail`] | the last lines, read from the end |
//! | [`follow`] | each new line exactly once, across rotation and truncation |
//!
//! Lines are bytes and come out unchanged. Nothing here writes to a log or to a terminal.

pub(crate) mod event;
pub(crate) mod files;
pub(crate) mod filter;
pub(crate) mod follow;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
pub(crate) mod line;
pub(crate) mod pattern;
pub(crate) mod tail;

use std::io;
use std::path::PathBuf;

/// An error while reading a log or passing its lines on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot search the log: {0}")]
    Search(io::Error),
    /// The receiver of the lines failed; a closed pipe is such a case.
    #[error("cannot write the output: {0}")]
    Write(io::Error),
}

#[cfg(test)]
mod follow_tests;
#[cfg(test)]
mod tail_tests;
