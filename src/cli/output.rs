//! Data for stdout.

use std::fmt::Display;
use std::io::Write;

use super::exit::Failure;

/// Writes a line to stdout.
///
/// # Errors
/// When stdout takes nothing; where that is because the reader has gone (`| head`), the command ends quietly.
pub(super) fn line(text: impl Display) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout().lock(), "{text}")?)
}
