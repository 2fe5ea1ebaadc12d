//! The language of people who have not chosen one.

use super::reader::{Complaint, Reader};
use super::secret::shown;
pub use crate::domain::locale::Locale;

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Locale> {
    reader.value("BOT_LOCALE", |text| {
        let languages = Locale::ALL.map(Locale::as_str).join(" or ");
        text.to_lowercase().parse().map_err(|_| {
            Complaint::new(
                format!("{} is not a language of the bot", shown(text)),
                format!("write {languages}"),
            )
        })
    })
}
