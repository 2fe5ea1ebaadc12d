//! Users and masters that rows refer to, and placeholders for those that are missing.
//!
//! A deleted user is not revived: rows that referred to them refer to a placeholder, whose made-up Telegram id ends in
//! theirs and to which nothing is ever sent ([`TelegramId::is_placeholder`]). A missing master keeps their id in `masters`,
//! where old buttons find it, and is inactive.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::value::LegacyValue;
use crate::domain::ids::TelegramId;

pub(super) const USERS: &str = "users";
pub(super) const MASTERS: &str = "masters";

/// First and last name.
pub(super) type PersonName = (Option<String>, Option<String>);

#[derive(Debug, Default)]
pub(super) struct ReferenceMap {
    pub(super) users: HashMap<i64, PersonName>,
    /// Users with the role `SENIOR_MASTER`.
    pub(super) senior_users: HashSet<i64>,
    /// Users that the old bot marked as deleted.
    pub(super) deleted_users: HashMap<i64, PersonName>,
    /// The new id of each master by the old one; duplicates map to the first.
    pub(super) masters: HashMap<i64, i64>,
    /// Masters that are missing or marked as deleted, with their Telegram ids.
    pub(super) deleted_masters: HashMap<i64, Option<i64>>,
    /// By made-up Telegram id.
    pub(super) placeholder_users: BTreeMap<i64, PersonName>,
    /// Placeholders of references that are not numbers.
    odd_users: HashMap<String, i64>,
    /// Made-up Telegram ids by the id of the row to be inserted into `masters`.
    pub(super) placeholder_masters: BTreeMap<i64, i64>,
    odd_masters: HashMap<String, i64>,
    /// From here on ids of `masters` are free and not referred to.
    pub(super) next_master_id: i64,
}

impl ReferenceMap {
    /// Returns the Telegram id that a reference means, and whether it is a placeholder's.
    pub(super) fn resolve_user(&mut self, value: &LegacyValue) -> Option<(i64, bool)> {
        if value.is_empty() {
            return None;
        }
        match value.as_integer() {
            Some(id) if self.users.contains_key(&id) => Some((id, false)),
            Some(id) => Some((self.placeholder_user(id), true)),
            None => {
                let next = i64::try_from(self.odd_users.len()).unwrap_or(0) + 1;
                let text = value.as_text().unwrap_or_default();
                let id =
                    *self.odd_users.entry(text).or_insert_with(|| TelegramId::placeholder_for_odd(next).0);
                self.placeholder_users.entry(id).or_insert_with(|| (Some("(?)".to_owned()), None));
                Some((id, true))
            }
        }
    }

    fn placeholder_user(&mut self, user: i64) -> i64 {
        let Some(TelegramId(id)) = TelegramId::placeholder_for_user(user) else {
            return self.resolve_user(&LegacyValue::Text(format!("{user}:"))).map_or(0, |(id, _)| id);
        };
        let known = self.deleted_users.get(&user);
        self.placeholder_users.entry(id).or_insert_with(|| placeholder_name(known, user));
        id
    }

    /// Returns the id of the row in `masters` that stands for a missing master.
    pub(super) fn placeholder_master(&mut self, master: Option<i64>, key: String) -> i64 {
        let usable = master.and_then(|id| Some((id, TelegramId::placeholder_for_master(id)?)));
        let (row, user) = match usable {
            Some((id, TelegramId(user))) => (id, user),
            None => {
                let row = self.odd_masters.get(&key).copied().unwrap_or(self.next_master_id);
                self.next_master_id = self.next_master_id.max(row + 1);
                self.odd_masters.insert(key, row);
                (row, TelegramId::placeholder_for_master(row).map_or(row, |id| id.0))
            }
        };
        self.placeholder_masters.insert(row, user);
        let behind = master.and_then(|id| self.deleted_masters.get(&id).copied().flatten());
        // A deleted master may still be a user.
        let known = behind.and_then(|user| self.deleted_users.get(&user).or_else(|| self.users.get(&user)));
        self.placeholder_users
            .entry(user)
            .or_insert_with(|| placeholder_name(known, master.unwrap_or_default()));
        row
    }
}

/// Returns the name for the history, with "(?)" as the sign of a placeholder.
fn placeholder_name(known: Option<&PersonName>, number: i64) -> PersonName {
    match known {
        Some((first, last)) if first.is_some() || last.is_some() => {
            let full: Vec<_> = [first, last].into_iter().flatten().map(String::as_str).collect();
            (Some(full.join(" ")), Some("(?)".to_owned()))
        }
        _ => (Some(format!("\u{2116} {number}")), Some("(?)".to_owned())),
    }
}
