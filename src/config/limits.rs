//! Limits for what users type.

use super::reader::{ConfigReader, ValueError, parse_number};
use super::secret::quote_value;
use crate::domain::phone::{Phone, PhoneRule};
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
    /// The phone of the company for users without a role.
    pub contact_phone: Option<Phone>,
}

impl InputLimits {
    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let description_max =
            reader.read_value("MAX_DESCRIPTION_LENGTH", parse_number(DESCRIPTION_MIN..=LONGEST));
        let notes_max = reader.read_value("MAX_NOTES_LENGTH", parse_number(1..=LONGEST));
        let phone = reader.read_optional("PHONE_REGEX", phone_rule);
        let rule = phone.clone().flatten().unwrap_or_default();
        let contact_phone = reader.read_optional("CONTACT_PHONE", |text| contact_phone(&rule, text));
        Some(Self {
            description_max: description_max?,
            notes_max: notes_max?,
            phone: phone?.unwrap_or_default(),
            contact_phone: contact_phone?,
        })
    }
}

fn contact_phone(rule: &PhoneRule, text: &str) -> Result<Phone, ValueError> {
    rule.parse(text).map_err(|_| {
        let message = format!("{} is not a phone number", quote_value(text));
        ValueError::new(message, "write it as +7 and ten digits, or widen PHONE_REGEX")
    })
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
