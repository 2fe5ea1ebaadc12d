//! The configuration of the handlers.

use std::num::NonZeroU32;

use chrono_tz::Tz;

use crate::config::roles::RolesConfig;
use crate::domain::locale::Locale;
use crate::domain::phone::{Phone, PhoneRule};

/// The part of the configuration that decides what the bot sends and accepts.
#[derive(Clone, Debug)]
pub struct BotSettings {
    /// The `@name` of the bot, without the sign: commands in groups are addressed to it.
    pub username: String,
    /// The language of groups and of users who chose none.
    pub locale: Locale,
    /// The time zone in which times are shown.
    pub zone: Tz,
    /// The beginning of the links to a map, to which the address is added.
    pub map_url: String,
    /// The longest description, in characters.
    pub max_description: usize,
    /// The longest notes, in characters.
    pub max_notes: usize,
    /// Which phone numbers are accepted.
    pub phones: PhoneRule,
    /// Updates per user in ten seconds; `None` for no limit.
    pub flood_limit: Option<NonZeroU32>,
    /// The phone of the company for users without a role.
    pub contact_phone: Option<Phone>,
    /// The users who hold roles by configuration.
    pub appointed: RolesConfig,
}
