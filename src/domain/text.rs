//! The text fields of orders and masters: cleaning and limits.
//!
//! Text is data: quotes, `--`, `;`, `<b>` are kept as typed. The database binds parameters, the view escapes HTML. Lengths
//! count Unicode scalar values after cleaning.

use thiserror::Error;

/// The shortest description, in characters; the longest is configured.
pub(crate) const DESCRIPTION_MIN: usize = 10;
/// The shortest and the longest client name, in characters.
const CLIENT_NAME: (usize, usize) = (5, 200);
/// The shortest and the longest address, in characters.
pub(crate) const ADDRESS: (usize, usize) = (10, 500);
/// The shortest and the longest scheduled time, in characters.
const SCHEDULED_TIME: (usize, usize) = (3, 100);
/// The longest reason for a refusal, in characters.
const REASON_MAX: usize = 500;
/// The shortest and the longest specialization of a master, in characters.
const SPECIALIZATION: (usize, usize) = (2, 200);

#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub(crate) enum TextError {
    #[error("empty")]
    Empty,
    #[error("{actual} characters, at least {min} needed")]
    TooShort { min: usize, actual: usize },
    #[error("{actual} characters, at most {max} allowed")]
    TooLong { max: usize, actual: usize },
    #[error("needs a letter")]
    NeedsLetter,
    #[error("needs a digit")]
    NeedsDigit,
}

/// Parses a description, which may have several lines. `max` is `MAX_DESCRIPTION_LENGTH`.
pub(crate) fn parse_description(text: &str, max: usize) -> Result<String, TextError> {
    check_length(clean_multi_line(text), DESCRIPTION_MIN, max)
}

/// Parses the client's name, which needs a letter.
pub(crate) fn parse_client_name(text: &str) -> Result<String, TextError> {
    let name = check_length(clean_single_line(text), CLIENT_NAME.0, CLIENT_NAME.1)?;
    if name.chars().any(char::is_alphabetic) { Ok(name) } else { Err(TextError::NeedsLetter) }
}

/// Parses the client's address, which needs a digit.
pub(crate) fn parse_address(text: &str) -> Result<String, TextError> {
    let address = check_length(clean_single_line(text), ADDRESS.0, ADDRESS.1)?;
    if address.chars().any(char::is_numeric) { Ok(address) } else { Err(TextError::NeedsDigit) }
}

/// Parses notes, which may have several lines. `max` is `MAX_NOTES_LENGTH`.
pub(crate) fn parse_notes(text: &str, max: usize) -> Result<String, TextError> {
    check_length(clean_multi_line(text), 1, max)
}

pub(crate) fn parse_scheduled_time(text: &str) -> Result<String, TextError> {
    check_length(clean_single_line(text), SCHEDULED_TIME.0, SCHEDULED_TIME.1)
}

pub(crate) fn parse_reason(text: &str) -> Result<String, TextError> {
    check_length(clean_single_line(text), 1, REASON_MAX)
}

/// Parses what a master repairs, which needs a letter.
pub(crate) fn parse_specialization(text: &str) -> Result<String, TextError> {
    let text = check_length(clean_single_line(text), SPECIALIZATION.0, SPECIALIZATION.1)?;
    if text.chars().any(char::is_alphabetic) { Ok(text) } else { Err(TextError::NeedsLetter) }
}

/// Trims a text and removes control characters except tabs; line ends become `\n`. `PostgreSQL` cannot store NUL; the others
/// break terminals and spreadsheets.
fn clean_multi_line(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let kept = text.chars().filter_map(|c| match c {
        '\r' | '\u{85}' => Some('\n'),
        '\n' | '\t' => Some(c),
        c if c.is_control() => None,
        c => Some(c),
    });
    kept.collect::<String>().trim().to_owned()
}

/// Cleans a text likewise and replaces line ends, with the spaces around them, by one space.
pub(crate) fn clean_single_line(text: &str) -> String {
    let text = clean_multi_line(text);
    let lines = text.split(['\n', '\u{2028}', '\u{2029}']).map(str::trim);
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn check_length(text: String, min: usize, max: usize) -> Result<String, TextError> {
    match text.chars().count() {
        0 => Err(TextError::Empty),
        actual if actual > max => Err(TextError::TooLong { max, actual }),
        actual if actual < min => Err(TextError::TooShort { min, actual }),
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_data_and_stays_as_typed() {
        let typed = "<b>leaks</b> & drips; -- '\"/* DROP TABLE orders; */ \u{1f6bf}";
        assert_eq!(parse_description(typed, 500).as_deref(), Ok(typed));
        assert_eq!(parse_notes(typed, 1000).as_deref(), Ok(typed));
        assert_eq!(parse_reason(typed).as_deref(), Ok(typed));
    }

    #[test]
    fn lengths_count_characters_after_trimming() {
        let cyrillic = "\u{44f}".repeat(10);
        assert_eq!(parse_description(&format!("  {cyrillic}\n"), 10), Ok(cyrillic));
        assert_eq!(parse_description("123456789 ", 500), Err(TextError::TooShort { min: 10, actual: 9 }));
        assert_eq!(
            parse_description(&"x".repeat(501), 500),
            Err(TextError::TooLong { max: 500, actual: 501 })
        );
        assert_eq!(parse_notes("x", 1000).as_deref(), Ok("x"));
        assert_eq!(parse_notes("xx", 1), Err(TextError::TooLong { max: 1, actual: 2 }));
        assert_eq!(parse_scheduled_time("10"), Err(TextError::TooShort { min: 3, actual: 2 }));
        assert_eq!(parse_scheduled_time(&"9".repeat(101)), Err(TextError::TooLong { max: 100, actual: 101 }));
        assert_eq!(parse_reason(" \0\n"), Err(TextError::Empty));
    }

    #[test]
    fn a_name_needs_a_letter_and_an_address_a_digit() {
        assert_eq!(parse_client_name("12345"), Err(TextError::NeedsLetter));
        assert_eq!(parse_client_name("\u{418}\u{432}\u{430}\u{43d} 2").map(|n| n.chars().count()), Ok(6));
        assert_eq!(parse_client_name("Ivan"), Err(TextError::TooShort { min: 5, actual: 4 }));
        assert_eq!(parse_address("Long street without"), Err(TextError::NeedsDigit));
        assert_eq!(parse_address("Made-up street, 7").as_deref(), Ok("Made-up street, 7"));
        assert_eq!(parse_specialization("99"), Err(TextError::NeedsLetter));
    }

    #[test]
    fn lines_stay_in_descriptions_and_become_spaces_elsewhere() {
        assert_eq!(
            parse_description("one line\r\nanother\ttab\u{85}third", 500).as_deref(),
            Ok("one line\nanother\ttab\nthird")
        );
        assert_eq!(
            parse_address("Made-up street \n\n 7\u{2028}flat 8").as_deref(),
            Ok("Made-up street 7 flat 8")
        );
    }

    #[test]
    fn control_characters_vanish() {
        assert_eq!(parse_notes("a\0b\u{1b}[31mc\u{7f}\u{9b}", 100).as_deref(), Ok("ab[31mc"));
    }

    proptest! {
        #[test]
        fn cleaning_again_changes_nothing_and_leaves_no_control(text: String) {
            for clean in [clean_multi_line as fn(&str) -> String, clean_single_line] {
                let once = clean(&text);
                prop_assert_eq!(&clean(&once), &once);
                prop_assert!(!once.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
            }
            prop_assert!(!clean_single_line(&text).contains('\n'));
        }
    }
}
