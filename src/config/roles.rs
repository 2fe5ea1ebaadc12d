//! Who gets a role from the configuration.

use std::collections::BTreeSet;

use super::problem::{Problems, Warning, WarningKind};
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

const LISTS: [&str; 2] = ["ADMIN_IDS", "DISPATCHER_IDS"];
/// Accounts that speak for others. A role of such an account would be the role of all for whom it speaks.
const TELEGRAM_ACCOUNTS: [(TelegramId, &str); 3] = [
    (TelegramId(1_087_968_824), "Telegram's own account for anonymous administrators of groups"),
    (TelegramId(136_817_688), "Telegram's own account for channels"),
    (TelegramId(777_000), "Telegram's own account for service notifications"),
];

/// Warns of ids that are probably no ids of users.
pub(super) fn id_warnings(sources: &Sources) -> Vec<Warning> {
    let own_id = sources.get("BOT_TOKEN").and_then(|token| token.text.split_once(':')?.0.parse().ok());
    let mut warnings = Vec::new();
    for variable in LISTS {
        let Some(found) = sources.get(variable) else { continue };
        let mut warn = |message: String, hint: &str| {
            let (kind, variable, origin) = (WarningKind::Doubtful, variable.to_owned(), found.origin.clone());
            warnings.push(Warning { kind, variable, origin, message, hint: hint.to_owned() });
        };
        for item in found.text.split([',', ';']) {
            if let Some(count) = count_digit_groups(item) {
                warn(
                    format!("{count} IDs are separated by spaces only"),
                    "write one ID without spaces, several with commas",
                );
            }
        }
        for id in parse_ids(found.text).unwrap_or_default() {
            let account =
                TELEGRAM_ACCOUNTS.iter().find(|(account, _)| *account == id).map(|(_, about)| *about);
            if let Some(about) = account.or_else(|| (own_id == Some(id)).then_some("the bot itself")) {
                warn(
                    format!("{id} is {about}, not a user"),
                    "write the ID that the bot shows to a user who presses Start",
                );
            }
        }
    }
    warnings
}

/// Returns the number of groups of a text like `123 456 789`, which is probably one number.
fn count_digit_groups(text: &str) -> Option<usize> {
    let groups: Vec<_> = text.split_whitespace().collect();
    let (first, others) = groups.split_first()?;
    let is_grouped = first.len() <= 3 && !others.is_empty() && others.iter().all(|group| group.len() == 3);
    is_grouped.then_some(groups.len())
}

/// Ids separated by commas, semicolons or blanks; a JSON list, as the old bot took it, is fine too.
pub(crate) fn parse_ids(text: &str) -> Result<BTreeSet<TelegramId>, ValueError> {
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
