//! The languages that the bot speaks. Only their names; the texts live in the locale files.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A language of the bot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    /// Russian.
    #[default]
    Ru,
    /// English.
    En,
}

/// A language code that the bot does not speak.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown language {0:?}, expected ru or en")]
pub struct UnknownLocale(pub String);

impl Locale {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Ru, Self::En];

    /// The code of the language, as it is stored and configured.
    #[must_use]
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
