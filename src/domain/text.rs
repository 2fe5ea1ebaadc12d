//! The text fields of orders and masters: limits.
//!
//! Text is data: quotes, `--`, `;`, `<b>` are kept as typed. The database binds parameters, the view escapes HTML. Lengths
//! count Unicode scalar values of the normalized text.

use thiserror::Error;

use super::input::{normalize_line, normalize_text};
use super::phone::is_only_phone;

/// The shortest description, in characters; the longest is configured.
pub(crate) const DESCRIPTION_MIN: usize = 4;
/// The shortest and the longest client name, in characters.
const CLIENT_NAME: (usize, usize) = (2, 200);
/// The shortest and the longest address, in characters.
const ADDRESS: (usize, usize) = (4, 500);
/// The shortest and the longest scheduled time, in characters.
const SCHEDULED_TIME: (usize, usize) = (1, 100);
/// The shortest reason where one is needed, and the longest, in characters.
const REASON: (usize, usize) = (3, 500);
/// The longest list of parts, in characters.
const PARTS_MAX: usize = 500;
/// The longest comment, in characters.
const COMMENT_MAX: usize = 2000;
/// The shortest and the longest name of a type of equipment, in characters.
const EQUIPMENT_NAME: (usize, usize) = (2, 50);
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
    #[error("a phone number")]
    IsPhone,
}

/// Parses a description, which may have several lines. `max` is `MAX_DESCRIPTION_LENGTH`.
pub(crate) fn parse_description(text: &str, max: usize) -> Result<String, TextError> {
    check_length(normalize_text(text), DESCRIPTION_MIN, max)
}

/// Parses the client's name, which needs a letter and is no phone number.
pub(crate) fn parse_client_name(text: &str) -> Result<String, TextError> {
    check_words(text, CLIENT_NAME)
}

/// Parses the client's address, which needs a letter and is no phone number.
pub(crate) fn parse_address(text: &str) -> Result<String, TextError> {
    check_words(text, ADDRESS)
}

/// Parses notes, which may have several lines. `max` is `MAX_NOTES_LENGTH`.
pub(crate) fn parse_notes(text: &str, max: usize) -> Result<String, TextError> {
    check_length(normalize_text(text), 1, max)
}

pub(crate) fn parse_scheduled_time(text: &str) -> Result<String, TextError> {
    check_length(normalize_line(text), SCHEDULED_TIME.0, SCHEDULED_TIME.1)
}

/// Parses the parts that a repair needs.
pub(crate) fn parse_parts(text: &str) -> Result<String, TextError> {
    check_length(normalize_text(text), 1, PARTS_MAX)
}

pub(crate) fn parse_reason(text: &str) -> Result<String, TextError> {
    check_length(normalize_line(text), 1, REASON.1)
}

/// Parses a reason that must be given.
pub(crate) fn parse_needed_reason(text: &str) -> Result<String, TextError> {
    check_length(normalize_line(text), REASON.0, REASON.1)
}

/// Parses a comment, which may have several lines.
pub(crate) fn parse_comment(text: &str) -> Result<String, TextError> {
    check_length(normalize_text(text), 1, COMMENT_MAX)
}

/// Parses the name of a type of equipment, which needs a letter and is no phone number.
pub(crate) fn parse_equipment_name(text: &str) -> Result<String, TextError> {
    check_words(text, EQUIPMENT_NAME)
}

/// Parses what a master repairs, which needs a letter and is no phone number.
pub(crate) fn parse_specialization(text: &str) -> Result<String, TextError> {
    check_words(text, SPECIALIZATION)
}

fn check_words(text: &str, (min, max): (usize, usize)) -> Result<String, TextError> {
    let line = check_length(normalize_line(text), min, max)?;
    if is_only_phone(&line) {
        return Err(TextError::IsPhone);
    }
    if line.chars().any(char::is_alphabetic) { Ok(line) } else { Err(TextError::NeedsLetter) }
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
        assert_eq!(parse_description("123 ", 500), Err(TextError::TooShort { min: 4, actual: 3 }));
        assert_eq!(
            parse_description("1\u{200b}2\u{200b}3", 3),
            Err(TextError::TooShort { min: 4, actual: 3 })
        );
        assert_eq!(
            parse_description(&"x".repeat(501), 500),
            Err(TextError::TooLong { max: 500, actual: 501 })
        );
        assert_eq!(parse_notes("x", 1000).as_deref(), Ok("x"));
        assert_eq!(parse_notes("xx", 1), Err(TextError::TooLong { max: 1, actual: 2 }));
        assert_eq!(parse_notes("И\u{306}", 1).as_deref(), Ok("Й"));
        assert_eq!(parse_scheduled_time(" \u{200b}"), Err(TextError::Empty));
        assert_eq!(parse_scheduled_time(&"9".repeat(101)), Err(TextError::TooLong { max: 100, actual: 101 }));
        assert_eq!(parse_reason(" \0\n\u{200b}\u{2800}"), Err(TextError::Empty));
    }

    #[test]
    fn short_everyday_answers_are_taken() {
        for description in ["Течь", "Не греет"] {
            assert_eq!(parse_description(description, 500).as_deref(), Ok(description));
        }
        for name in ["Ян", "Анна", "Иван 2", "тел"] {
            assert_eq!(parse_client_name(name).as_deref(), Ok(name));
        }
        for address in ["Ленина 5", "д. Сосновка", "Мира", "Ленина 5, 8 900 123-45-67"]
        {
            assert_eq!(parse_address(address).as_deref(), Ok(address));
        }
    }

    #[test]
    fn names_and_addresses_need_a_letter_and_are_no_phone() {
        assert_eq!(parse_client_name("Я"), Err(TextError::TooShort { min: 2, actual: 1 }));
        assert_eq!(parse_address("д.5"), Err(TextError::TooShort { min: 4, actual: 3 }));
        assert_eq!(parse_client_name("12345"), Err(TextError::NeedsLetter));
        assert_eq!(parse_address("12, 34"), Err(TextError::NeedsLetter));
        assert_eq!(parse_specialization("99"), Err(TextError::NeedsLetter));
        for phone in
            ["+79001234567", "8 (900) 123-45-67", "тел. 89001234567", "Phone: +375 29 1234567", "212-33-44"]
        {
            assert_eq!(parse_client_name(phone), Err(TextError::IsPhone), "{phone}");
            assert_eq!(parse_address(phone), Err(TextError::IsPhone), "{phone}");
        }
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
}
