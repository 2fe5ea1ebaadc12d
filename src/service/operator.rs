//! What the operator does at the command line. Nobody of the bot's people is behind it, so there is no right to check:
//! whoever can open the database may.

use chrono::{DateTime, Utc};

use crate::db::masters;
use crate::db::users;
use crate::db::{self, AnyConnection, audit};
use crate::domain::ids::{OrderId, TelegramId};
use crate::domain::master::Master;
use crate::domain::role::{Role, RoleSet};
use crate::domain::user::User;

/// Why a role was not changed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RoleChangeError {
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
pub struct AppliedRoleChange {
    /// As they were.
    pub before: User,
    /// What they hold now.
    pub roles: RoleSet,
    /// Something is other than it was: the role, or a master's approval.
    pub is_change: bool,
    /// The master that they are or were, after the change.
    pub master: Option<Master>,
}

/// Grants a role; granting it again changes nothing. For a master this approves the one whom somebody added.
///
/// # Errors
/// [`RoleChangeError::UnknownPerson`], [`RoleChangeError::NeverAMaster`].
pub fn grant_role(
    tx: &mut AnyConnection,
    id: TelegramId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<AppliedRoleChange, RoleChangeError> {
    // Master before person, as everywhere, so that nobody waits in a circle.
    let master = masters::find_master_of_user_for_update(tx, id)?;
    let before = users::find_user_for_update(tx, id)?.ok_or(RoleChangeError::UnknownPerson)?;
    let mut is_change = false;
    if role == Role::Master {
        let master = master.as_ref().ok_or(RoleChangeError::NeverAMaster)?;
        is_change = !master.is_approved;
        masters::update_master_approval(tx, master.id, true)?;
    }
    apply_roles(tx, &before, before.roles.with(role), is_change, "operator.grant", role, now)
}

/// Takes a role away; repeating it changes nothing. A master is no longer approved, and keeps phone, trade and group
/// for the day on which they come back.
///
/// # Errors
/// [`RoleChangeError::UnknownPerson`], [`RoleChangeError::OrdersInHand`], and [`RoleChangeError::LastAdmin`] unless `last_admin_too`.
pub fn revoke_role(
    tx: &mut AnyConnection,
    id: TelegramId,
    role: Role,
    last_admin_too: bool,
    now: DateTime<Utc>,
) -> Result<AppliedRoleChange, RoleChangeError> {
    let master = masters::find_master_of_user_for_update(tx, id)?;
    // All admins before the person, who may be one: two who revoke the last two must not each count on the other.
    let admins =
        if role == Role::Admin { users::list_users_with_role_for_update(tx, role)? } else { Vec::new() };
    let before = users::find_user_for_update(tx, id)?.ok_or(RoleChangeError::UnknownPerson)?;
    let is_last = before.roles.is_admin() && admins.iter().all(|admin| admin.telegram_id == id);
    if role == Role::Admin && is_last && !last_admin_too {
        return Err(RoleChangeError::LastAdmin);
    }
    let mut is_change = false;
    if let (Role::Master, Some(master)) = (role, &master) {
        let orders = masters::list_open_orders(tx, master.id)?;
        if !orders.is_empty() {
            return Err(RoleChangeError::OrdersInHand(orders));
        }
        is_change = master.is_approved;
        masters::update_master_approval(tx, master.id, false)?;
    }
    apply_roles(tx, &before, before.roles.without(role), is_change, "operator.revoke", role, now)
}

fn apply_roles(
    tx: &mut AnyConnection,
    before: &User,
    roles: RoleSet,
    is_other: bool,
    action: &str,
    role: Role,
    now: DateTime<Utc>,
) -> Result<AppliedRoleChange, RoleChangeError> {
    let id = before.telegram_id;
    let is_change = is_other || roles != before.roles;
    if is_change {
        users::update_user_roles(tx, id, roles)?;
        audit::insert_operator_action(tx, action, &format!("user={id} role={role}"), now)?;
    }
    Ok(AppliedRoleChange {
        before: before.clone(),
        roles,
        is_change,
        master: masters::find_master_of_user(tx, id)?,
    })
}
