//! What no value contains on purpose: quotation marks around it, and characters that cannot be seen. A path with them names
//! another file than the one that was meant, and the bot would create a new database there.

use super::problem::ValueError;
use crate::domain::input::is_invisible;

const QUOTATION_MARKS: [char; 11] = [
    '"', '\'', '\u{ab}', '\u{bb}', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201c}', '\u{201d}', '\u{201e}',
    '`',
];

/// Checks a value that is one line. Errors quote nothing of it.
pub(super) fn check_plain_text(text: &str) -> Result<(), ValueError> {
    check_text(text, |_| false)
}

/// Checks a list, which may have several lines.
pub(super) fn check_plain_list(text: &str) -> Result<(), ValueError> {
    check_text(text, |letter| matches!(letter, '\n' | '\r' | '\t'))
}

fn check_text(text: &str, is_allowed: impl Fn(char) -> bool) -> Result<(), ValueError> {
    if text.starts_with(QUOTATION_MARKS) || text.ends_with(QUOTATION_MARKS) {
        return Err(ValueError::new(
            "the value begins or ends with a quotation mark, which is part of it here",
            "remove it: unlike a shell or an env file, the environment (docker --env-file) keeps quotation marks",
        ));
    }
    let hidden = |(_, letter): &(usize, char)| is_hidden(*letter) && !is_allowed(*letter);
    match text.chars().enumerate().find(hidden) {
        None => Ok(()),
        Some((before, letter)) => Err(ValueError::new(
            format!("character {} of the value cannot be seen (U+{:04X})", before + 1, u32::from(letter)),
            "type the value by hand: such characters come along when text is copied",
        )),
    }
}

/// Control characters, white space other than the space, and what Unicode calls default-ignorable or leaves blank.
fn is_hidden(letter: char) -> bool {
    letter.is_control() || (letter.is_whitespace() && letter != ' ') || is_invisible(letter)
}
