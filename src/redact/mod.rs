//! The one place that knows what is secret or personal in a text: tokens, passwords in URLs, phone numbers.
//!
//! | file | what |
//! |---|---|
//! | `redactor` | the [`Redactor`], which applies the others to a text |
//! | `secret_patterns` | bot tokens, URLs with credentials, `password=…`, whether configured or not |
//! | `phones` | phone numbers, which only the log asks for; names of fields that hold ids |
//! | `urls` | masking a URL, and the secrets in it |
//! | `quotes` | error texts of others without what they quote |
//!
//! This is the second line of defence; the first is not to print or log such values at all.

mod phones;
mod quotes;
mod redactor;
mod secret_patterns;
mod urls;

pub(crate) use phones::{PERSON_FIELDS, is_id_field, redact_phones};
pub(crate) use quotes::redact_quotes;
pub(crate) use redactor::Redactor;
pub(crate) use secret_patterns::contains_token;
pub(crate) use urls::{is_libpq_option, mask_url, percent_decode, reveals_url_secret, url_secrets};

/// What is printed in a secret's place.
pub(crate) const REDACTED: &str = "[redacted]";

#[cfg(test)]
mod tests;
