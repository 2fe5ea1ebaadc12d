//! People: who they are at each contact, and their language.

use chrono::{DateTime, Utc};

use super::Result;
use crate::db::users;
use crate::db::{AnyConnection, audit};
use crate::domain::ids::TelegramId;
use crate::domain::locale::Locale;
use crate::domain::role::{Role, RoleSet};
use crate::domain::user::{User, UserProfile};

/// Notes that a person wrote: registers them or keeps their names current, and grants the roles
/// that the configuration owes them.
///
/// # Errors
/// When the database fails.
pub fn register_contact(
    tx: &mut AnyConnection,
    profile: &UserProfile,
    owed: RoleSet,
    now: DateTime<Utc>,
) -> Result<User> {
    Ok(users::register_user(tx, profile, owed, now)?)
}

/// A person, to write to them in their language and only what their roles allow.
///
/// # Errors
/// When the database fails.
pub fn find_user(tx: &mut AnyConnection, id: TelegramId) -> Result<Option<User>> {
    Ok(users::find_user(tx, id)?)
}

/// Everybody who holds a role, to tell them something.
///
/// # Errors
/// When the database fails.
pub fn list_users_with_role(tx: &mut AnyConnection, role: Role) -> Result<Vec<User>> {
    Ok(users::list_users_with_role(tx, role)?)
}

/// Grants the configured roles to everybody who is known already; takes none away. Returns those
/// who gained something, each as they were and with the roles that they have now.
///
/// # Errors
/// When the database fails.
pub fn grant_configured_roles(
    tx: &mut AnyConnection,
    appointed: impl Iterator<Item = (TelegramId, RoleSet)>,
    now: DateTime<Utc>,
) -> Result<Vec<(User, RoleSet)>> {
    let mut changed = Vec::new();
    for (id, owed) in appointed {
        let Some(user) = users::find_user_for_update(tx, id)? else { continue };
        let roles = user.roles.union(owed);
        if roles != user.roles {
            users::update_user_roles(tx, id, roles)?;
            audit::insert_user_action(tx, id, "user.appointed", &format!("roles={roles}"), now)?;
            changed.push((user, roles));
        }
    }
    Ok(changed)
}

/// Sets the language in which the bot speaks to a person.
///
/// # Errors
/// When the database fails.
pub fn set_language(tx: &mut AnyConnection, person: &User, locale: Locale) -> Result<()> {
    Ok(users::update_user_locale(tx, person.telegram_id, locale)?)
}
