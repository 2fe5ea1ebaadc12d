//! Users: their registration, roles and language.

use chrono::{DateTime, Utc};

use super::{Refusal, Result};
use crate::db::users;
use crate::db::{self, AnyConnection, audit};
use crate::domain::ids::TelegramId;
use crate::domain::locale::Locale;
use crate::domain::notice::NoticeKind;
use crate::domain::order::Order;
use crate::domain::role::{Role, RoleSet};
use crate::domain::user::{User, UserProfile};

/// Registers a user at their first contact, updates their names, and grants the configured roles.
pub(crate) fn register_contact(
    tx: &mut AnyConnection,
    profile: &UserProfile,
    owed: RoleSet,
    now: DateTime<Utc>,
) -> Result<User> {
    Ok(users::register_user(tx, profile, owed, now)?)
}

/// Returns a user, for their language and roles.
pub(crate) fn find_user(tx: &mut AnyConnection, id: TelegramId) -> Result<Option<User>> {
    Ok(users::find_user(tx, id)?)
}

/// Returns the users who hold a role, to notify them.
pub(crate) fn list_users_with_role(tx: &mut AnyConnection, role: Role) -> Result<Vec<User>> {
    Ok(users::list_users_with_role(tx, role)?)
}

/// Returns all dispatchers and admins, to notify them.
pub(crate) fn list_staff(tx: &mut AnyConnection) -> Result<Vec<User>> {
    let mut staff = users::list_users_with_role(tx, Role::Dispatcher)?;
    let admins = users::list_users_with_role(tx, Role::Admin)?;
    staff.extend(admins.into_iter().filter(|admin| !admin.roles.has(Role::Dispatcher)));
    Ok(staff)
}

/// Returns who hears of an order's steps: its dispatcher; if they are no longer staff all dispatchers, without any the
/// admins.
pub(crate) fn list_responsible_staff(tx: &mut AnyConnection, order: &Order) -> Result<Vec<User>> {
    let dispatcher = match order.dispatcher {
        Some(dispatcher) => users::find_user(tx, dispatcher)?,
        None => None,
    };
    if let Some(dispatcher) = dispatcher.filter(|user| user.roles.is_staff()) {
        return Ok(vec![dispatcher]);
    }
    list_dispatchers(tx)
}

/// Returns who hears of an order's steps, and the admins.
pub(crate) fn list_responsible_staff_and_admins(tx: &mut AnyConnection, order: &Order) -> Result<Vec<User>> {
    let mut readers = list_responsible_staff(tx, order)?;
    for admin in users::list_users_with_role(tx, Role::Admin)? {
        if readers.iter().all(|reader| reader.telegram_id != admin.telegram_id) {
            readers.push(admin);
        }
    }
    Ok(readers)
}

/// Returns all dispatchers; without any, the admins.
pub(crate) fn list_dispatchers(tx: &mut AnyConnection) -> Result<Vec<User>> {
    let dispatchers = users::list_users_with_role(tx, Role::Dispatcher)?;
    if dispatchers.is_empty() { Ok(users::list_users_with_role(tx, Role::Admin)?) } else { Ok(dispatchers) }
}

/// Grants the configured roles to all registered users and revokes none. Returns the users who gained one, each as before,
/// with their new roles.
pub(crate) fn grant_configured_roles(
    tx: &mut AnyConnection,
    appointed: impl Iterator<Item = (TelegramId, RoleSet)>,
    now: DateTime<Utc>,
) -> Result<Vec<(User, RoleSet)>> {
    let mut changed = Vec::new();
    for (id, owed) in appointed.filter(|(id, _)| !id.is_service_account()) {
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

/// Switches a kind of notices off or on for a member of staff, and returns them as they are then.
pub(crate) fn mute_notices(
    tx: &mut AnyConnection,
    user: &User,
    kind: NoticeKind,
    is_muted: bool,
) -> Result<User> {
    if !user.roles.is_staff() {
        return Err(Refusal::NoRight);
    }
    // Two presses at once must not lose each other.
    let user = users::find_user_for_update(tx, user.telegram_id)?.ok_or(db::Error::Conflict)?;
    let muted = user.muted.clone().with(kind, is_muted);
    users::update_muted_notices(tx, user.telegram_id, &muted)?;
    Ok(User { muted, ..user })
}

/// Sets the language of the bot's messages to a user.
pub(crate) fn set_language(tx: &mut AnyConnection, user: &User, locale: Locale) -> Result<()> {
    Ok(users::update_user_locale(tx, user.telegram_id, locale)?)
}
