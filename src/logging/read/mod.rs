//! The log files, read: from the end backwards, and followed while they are written and rotated.
//!
//! | file | what |
//! |---|---|
//! | [`line`](mod@line) | what the beginning of a line says, in every form that a log of ours has or had |
//! | [`event`](mod@event) | a line taken apart, for `--json` |
//! | [`filter`] | which lines are wanted |
//! | [`pattern`] | a regular expression, looked for in whole blocks |
//! | [`files`] | `bot.log` and its rotated files, told apart by device and inode |
//! | [`backwards`] | the last lines without reading everything |
//! | [`follow`] | each new line exactly once, whatever happens to the files |
//! | [`when`](mod@when) | points in time as people write them |
//!
//! Lines are bytes: what is in the files comes out as it is. Nothing here writes to a log or to a terminal.

pub mod backwards;
pub mod event;
pub mod files;
pub mod filter;
pub mod follow;
pub mod line;
pub mod pattern;
pub mod when;

use std::io;
use std::path::PathBuf;

/// Why a log cannot be read or shown.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It is there and cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Where the lines go takes no more; that the reader has gone is such a case.
    #[error("the output takes nothing: {0}")]
    Write(io::Error),
}

#[cfg(test)]
mod follow_tests;
#[cfg(test)]
mod tests;
