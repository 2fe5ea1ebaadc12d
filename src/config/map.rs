//! The map to which addresses on cards are linked.

use url::Url;

use super::reader::{ConfigReader, ValueError};
use super::secret::quote_value;
use super::{Problems, Sources};

/// Reads this setting only, for a command that needs no other.
pub(crate) fn load(sources: &Sources) -> Result<String, Problems> {
    ConfigReader::load(sources, read)
}

/// Reads the beginning of the links, to which the address is added.
pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<String> {
    reader.read_value("MAP_URL", |text| {
        let is_web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        match Url::parse(text).ok().filter(is_web) {
            Some(_) => Ok(text.to_owned()),
            None => Err(ValueError::new(
                format!("{} is not the URL of a map", quote_value(text)),
                "write the beginning of a search, such as https://yandex.ru/maps/?text=",
            )),
        }
    })
}
