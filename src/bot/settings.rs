//! What the handlers need to know of the configuration.

use chrono_tz::Tz;

use crate::config::people::PeopleConfig;
use crate::domain::locale::Locale;
use crate::domain::phone::PhoneRule;

/// The part of the configuration that decides what the bot says and accepts.
#[derive(Clone, Debug)]
pub struct BotSettings {
    /// The bot's own `@name`, without the sign: commands in groups are addressed to it.
    pub username: String,
    /// The language for people who chose none, and for groups.
    pub locale: Locale,
    /// The zone in which times are shown.
    pub zone: Tz,
    /// The longest description, in characters.
    pub max_description: usize,
    /// The longest notes, in characters.
    pub max_notes: usize,
    /// Which phone numbers are accepted.
    pub phones: PhoneRule,
    /// Who holds roles by configuration.
    pub appointed: PeopleConfig,
}
