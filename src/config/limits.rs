//! Limits for what users type.

use super::reader::{ConfigReader, ValueError, parse_number};
use crate::domain::phone::PhoneRule;
use crate::domain::text::DESCRIPTION_MIN;

/// The longest text that a limit may allow: what one Telegram message can carry, less room for the
/// rest of the card.
const LONGEST: usize = 4000;

/// Limits for the fields of an order.
#[derive(Clone, Debug)]
pub(crate) struct InputLimits {
    /// The longest description, in characters.
    pub description_max: usize,
    /// The longest notes, in characters.
    pub notes_max: usize,
    /// Which phone numbers are accepted.
    pub phone: PhoneRule,
}

impl InputLimits {
    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let description_max =
            reader.read_value("MAX_DESCRIPTION_LENGTH", parse_number(DESCRIPTION_MIN..=LONGEST));
        let notes_max = reader.read_value("MAX_NOTES_LENGTH", parse_number(1..=LONGEST));
        let phone = reader.read_optional("PHONE_REGEX", phone_rule);
        Some(Self {
            description_max: description_max?,
            notes_max: notes_max?,
            phone: phone?.unwrap_or_default(),
        })
    }
}

fn phone_rule(pattern: &str) -> Result<PhoneRule, ValueError> {
    PhoneRule::widened(pattern).map_err(|error| {
        // The library draws the pattern with a marker under the mistake; its last line says what
        // the mistake is.
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        let hint = "correct the pattern (look-around and back-references are not supported), or remove it";
        ValueError::new(format!("not a pattern: {reason}"), hint)
    })
}
