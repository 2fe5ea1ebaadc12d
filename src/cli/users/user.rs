//! A user on the command line: parsing the ID, and what commands show.

use serde::Serialize;

use super::super::text::printable;
use crate::domain::ids::{TelegramId, parse_typed_id};
use crate::domain::master::Master;
use crate::domain::role::{Role, RoleSet};
use crate::domain::user::User;

/// Parses the Telegram ID of a user.
pub(super) fn parse_user_id(text: &str) -> Result<i64, String> {
    let id = parse_user_or_placeholder_id(text)?;
    if TelegramId(id).is_placeholder() {
        return Err("this is a placeholder, which cannot hold a role".to_owned());
    }
    Ok(id)
}

/// Parses the Telegram ID of a user or placeholder.
pub(super) fn parse_user_or_placeholder_id(text: &str) -> Result<i64, String> {
    let id = parse_typed_id::<TelegramId>(text).filter(|id| id.0 > 0 || id.is_placeholder());
    id.map(|id| id.0).ok_or_else(|| {
        "expected a Telegram ID (a positive number); `botctl users list` shows them".to_owned()
    })
}

/// A user's name for the terminal.
pub(super) fn display_name(user: &User) -> String {
    let name = printable(&user.display_name());
    if user.telegram_id.is_placeholder() { format!("{name} (placeholder)") } else { name }
}

/// A user in a document.
#[derive(Serialize)]
pub(super) struct UserDocument {
    telegram_id: i64,
    is_placeholder: bool,
    name: String,
    username: Option<String>,
    roles: Vec<&'static str>,
    since: chrono::DateTime<chrono::Utc>,
    master: Option<MasterStatus>,
}

#[derive(Serialize)]
struct MasterStatus {
    id: i64,
    is_active: bool,
    is_approved: bool,
}

impl UserDocument {
    pub(super) fn new(user: &User, master: Option<&Master>) -> Self {
        let status = |master: &Master| MasterStatus {
            id: master.id.0,
            is_active: master.is_active,
            is_approved: master.is_approved,
        };
        Self {
            telegram_id: user.telegram_id.0,
            is_placeholder: user.telegram_id.is_placeholder(),
            name: user.display_name(),
            username: user.username.clone(),
            roles: role_names(user.roles),
            since: user.created_at,
            master: master.map(status),
        }
    }
}

pub(super) fn role_names(roles: RoleSet) -> Vec<&'static str> {
    roles.iter().filter(|role| *role != Role::Unknown).map(Role::as_str).collect()
}

pub(super) fn master_status(master: &Master) -> &'static str {
    match (master.is_approved, master.is_active) {
        (false, true) => "not approved",
        (false, false) => "dismissed",
        (true, false) => "inactive",
        (true, true) => "active",
    }
}
