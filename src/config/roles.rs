//! Who gets a role from the configuration.

use std::collections::BTreeSet;

use super::problem::Problems;
use super::reader::{ConfigReader, ValueError};
use super::secret::quote_value;
use super::sources::Sources;
use crate::domain::ids::TelegramId;
use crate::domain::role::{Role, RoleSet};

/// Users to whom roles are granted at the first contact and at every start. Removing a user here revokes nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RolesConfig {
    pub admins: BTreeSet<TelegramId>,
    pub dispatchers: BTreeSet<TelegramId>,
}

impl RolesConfig {
    /// Reads these lists alone.
    pub fn load(sources: &Sources) -> Result<Self, Problems> {
        ConfigReader::load(sources, Self::read)
    }

    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let admins = reader.read_value("ADMIN_IDS", parse_ids);
        let dispatchers = reader.read_value("DISPATCHER_IDS", parse_ids);
        Some(Self { admins: admins?, dispatchers: dispatchers? })
    }

    pub fn roles_of(&self, user: TelegramId) -> RoleSet {
        let admin = self.admins.contains(&user).then_some(Role::Admin);
        let dispatcher = self.dispatchers.contains(&user).then_some(Role::Dispatcher);
        admin.into_iter().chain(dispatcher).collect()
    }

    /// Returns each configured user with all their roles.
    pub fn all_roles(&self) -> impl Iterator<Item = (TelegramId, RoleSet)> {
        self.admins.union(&self.dispatchers).map(|user| (*user, self.roles_of(*user)))
    }
}

/// Ids separated by commas, semicolons or blanks; a JSON list, as the old bot took it, is fine too.
fn parse_ids(text: &str) -> Result<BTreeSet<TelegramId>, ValueError> {
    let list = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text);
    let items = list.split(|c: char| c == ',' || c == ';' || c.is_whitespace());
    let mut good = BTreeSet::new();
    let mut bad = Vec::new();
    for item in items.filter(|item| !item.is_empty()) {
        let digits = item.trim_matches(['"', '\'']);
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        match digits.parse::<TelegramId>() {
            Ok(id) if is_number && id.0 > 0 => {
                good.insert(id);
            }
            _ => bad.push(quote_value(item)),
        }
    }
    if bad.is_empty() {
        return Ok(good);
    }
    let (noun, verb) = if bad.len() == 1 { ("a Telegram id", "is not") } else { ("Telegram ids", "are not") };
    Err(ValueError::new(
        format!("{} {verb} {noun}", bad.join(", ")),
        "write positive whole numbers separated by commas, such as 123456789,987654321",
    ))
}
