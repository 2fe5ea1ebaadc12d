//! What the operator does with files: backups and logs. Knows nothing of the command line: progress is reported to
//! whoever asked, words are the caller's.

pub mod backup;
pub mod logs;
