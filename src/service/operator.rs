//! What the operator does at the command line. Nobody of the bot's people is behind it, so there is no right to check:
//! whoever can open the database may.

use chrono::{DateTime, Utc};

use crate::db::masters;
use crate::db::users;
use crate::db::{self, AnyConnection, audit};
use crate::domain::ids::{OrderId, TelegramId};
use crate::domain::master::Master;
use crate::domain::role::{Role, Roles};
use crate::domain::user::User;

/// Why a role was not changed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Unable {
    /// The person has never written to the bot.
    #[error("nobody with this number has ever written to the bot")]
    UnknownPerson,
    /// The person was never added as a master, and a master is more than a role: a phone, a trade.
    #[error("this person was never added as a master")]
    NeverAMaster,
    /// The master has these orders in hand.
    #[error("this master has orders in hand")]
    OrdersInHand(Vec<OrderId>),
    /// Nobody else is an admin.
    #[error("nobody else is an admin")]
    LastAdmin,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// A person before the change, and what they hold after it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Changed {
    /// As they were.
    pub before: User,
    /// What they hold now.
    pub roles: Roles,
    /// Something is other than it was: the role, or a master's approval.
    pub is_change: bool,
    /// The master that they are or were, after the change.
    pub master: Option<Master>,
}

/// Grants a role; granting it again changes nothing. For a master this approves the one whom somebody added.
///
/// # Errors
/// [`Unable::UnknownPerson`], [`Unable::NeverAMaster`].
pub fn grant(
    tx: &mut AnyConnection,
    id: TelegramId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<Changed, Unable> {
    // Master before person, as everywhere, so that nobody waits in a circle.
    let master = masters::find_person_locked(tx, id)?;
    let before = users::find_locked(tx, id)?.ok_or(Unable::UnknownPerson)?;
    let mut is_change = false;
    if role == Role::Master {
        let master = master.as_ref().ok_or(Unable::NeverAMaster)?;
        is_change = !master.is_approved;
        masters::set_approved(tx, master.id, true)?;
    }
    finish(tx, &before, before.roles.with(role), is_change, "operator.grant", role, now)
}

/// Takes a role away; repeating it changes nothing. A master is no longer approved, and keeps phone, trade and group
/// for the day on which they come back.
///
/// # Errors
/// [`Unable::UnknownPerson`], [`Unable::OrdersInHand`], and [`Unable::LastAdmin`] unless `last_admin_too`.
pub fn revoke(
    tx: &mut AnyConnection,
    id: TelegramId,
    role: Role,
    last_admin_too: bool,
    now: DateTime<Utc>,
) -> Result<Changed, Unable> {
    let master = masters::find_person_locked(tx, id)?;
    // All admins before the person, who may be one: two who revoke the last two must not each count on the other.
    let admins = if role == Role::Admin { users::with_role_locked(tx, role)? } else { Vec::new() };
    let before = users::find_locked(tx, id)?.ok_or(Unable::UnknownPerson)?;
    let is_last = before.roles.is_admin() && admins.iter().all(|admin| admin.telegram_id == id);
    if role == Role::Admin && is_last && !last_admin_too {
        return Err(Unable::LastAdmin);
    }
    let mut is_change = false;
    if let (Role::Master, Some(master)) = (role, &master) {
        let orders = masters::in_hand(tx, master.id)?;
        if !orders.is_empty() {
            return Err(Unable::OrdersInHand(orders));
        }
        is_change = master.is_approved;
        masters::set_approved(tx, master.id, false)?;
    }
    finish(tx, &before, before.roles.without(role), is_change, "operator.revoke", role, now)
}

fn finish(
    tx: &mut AnyConnection,
    before: &User,
    roles: Roles,
    is_other: bool,
    action: &str,
    role: Role,
    now: DateTime<Utc>,
) -> Result<Changed, Unable> {
    let id = before.telegram_id;
    let is_change = is_other || roles != before.roles;
    if is_change {
        users::set_roles(tx, id, roles)?;
        audit::insert_operators(tx, action, &format!("user={id} role={role}"), now)?;
    }
    Ok(Changed { before: before.clone(), roles, is_change, master: masters::find_person(tx, id)? })
}
