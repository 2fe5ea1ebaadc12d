//! Phone numbers in log texts, and the ids that look like them.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::REDACTED;

/// Log fields that hold the id of a user or a chat.
pub(crate) const PERSON_FIELDS: [&str; 6] = ["user", "chat", "person", "from", "to", "master"];
/// Log fields that hold another id of Telegram or the database.
const OBJECT_FIELDS: [&str; 4] = ["update", "outbox", "order", "message"];
/// The shortest number that is redacted.
const PHONE_DIGITS: usize = 10;

/// Ids and fractions (kept), Russian numbers and numbers with a plus. Area codes begin with 3 or more, so that dates and
/// network addresses are not phone numbers.
static PHONES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let gap = r"(?:[ \t\r\n()./-]|\\[nrt]){0,5}";
    let id =
        format!(r#"(?-u:\b)(?:{}|{})(?:=|":)-?[0-9]+"#, PERSON_FIELDS.join("|"), OBJECT_FIELDS.join("|"));
    let fraction = r"(?:^|[^0-9])[0-9]+\.[0-9]{6,}";
    // Not in the middle of a number, a checksum or a dated file name.
    let before = r"^|[^0-9a-f_.+]|[^\x00-\x60a-f{|}~][a-f_.]";
    let russian = format!(r"[78]{gap}[3-9][0-9]{{2}}(?:{gap}[0-9]){{7}}(?-u:\b)");
    let with_plus = format!(r"\+7(?:{gap}[0-9]){{10}}(?-u:\b)|\+[1-9](?:{gap}[0-9]){{9,14}}");
    Regex::new(&format!("({id}|{fraction})|({before})(?:{russian})|{with_plus}")).ok()
});

/// Whether a log field of that name holds an id, however much it looks like a phone number.
pub(crate) fn is_id_field(name: &str) -> bool {
    PERSON_FIELDS.contains(&name) || OBJECT_FIELDS.contains(&name)
}

/// Replaces phone numbers.
pub(crate) fn redact_phones(text: &str) -> Cow<'_, str> {
    if text.bytes().filter(u8::is_ascii_digit).count() < PHONE_DIGITS {
        return text.into();
    }
    let Some(phones) = &*PHONES else { return REDACTED.into() };
    phones.replace_all(text, |found: &Captures<'_>| match (found.get(1), found.get(2)) {
        (Some(kept), _) => kept.as_str().to_owned(),
        (None, before) => format!("{}{REDACTED}", before.map_or("", |before| before.as_str())),
    })
}
