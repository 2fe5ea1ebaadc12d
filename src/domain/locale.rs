//! The bot's languages; their texts are in the locale files.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    #[default]
    Ru,
    En,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown language {0:?}, expected ru or en")]
pub struct UnknownLocale(pub String);

impl Locale {
    pub const ALL: [Self; 2] = [Self::Ru, Self::En];

    /// Returns the language code, as stored and configured.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Locale {
    type Err = UnknownLocale;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|locale| locale.as_str() == code)
            .ok_or_else(|| UnknownLocale(code.to_owned()))
    }
}
