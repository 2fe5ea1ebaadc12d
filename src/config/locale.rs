//! The language of users who have not chosen one.

use super::reader::{ConfigReader, ValueError};
use super::secret::quote_value;
use super::{Problems, Sources};
pub(crate) use crate::domain::locale::Locale;

/// Reads this setting only, for a command that needs no other.
pub(crate) fn load(sources: &Sources) -> Result<Locale, Problems> {
    ConfigReader::load(sources, read)
}

pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Locale> {
    reader.read_value("BOT_LOCALE", |text| {
        let languages = Locale::ALL.map(Locale::as_str).join(" or ");
        text.to_lowercase().parse().map_err(|_| {
            ValueError::new(
                format!("{} is not a language of the bot", quote_value(text)),
                format!("write {languages}"),
            )
        })
    })
}
