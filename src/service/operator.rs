//! Role changes at the command line. No user is known there and no right is checked: access to the database suffices.

use chrono::{DateTime, Utc};

use crate::db::masters;
use crate::db::users;
use crate::db::{self, AnyConnection, audit};
use crate::domain::ids::{OrderId, TelegramId};
use crate::domain::master::Master;
use crate::domain::role::{Role, RoleSet};
use crate::domain::user::User;

/// Why a role change was refused. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RoleChangeError {
    #[error("no user with this ID has ever written to the bot")]
    UnknownPerson,
    #[error("this account of Telegram's own is not a person")]
    ServiceAccount,
    /// The role alone makes no master: phone and specialization are missing.
    #[error("this user was never added as a master")]
    NeverAMaster,
    #[error("this master has open orders")]
    OrdersInHand(Vec<OrderId>),
    #[error("this is the only administrator")]
    LastAdmin,
    #[error(transparent)]
    Database(#[from] db::Error),
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AppliedRoleChange {
    pub before: User,
    /// The roles after the change.
    pub roles: RoleSet,
    /// Whether the roles or the master's approval have changed.
    pub is_change: bool,
    /// The user's row in `masters` after the change.
    pub master: Option<Master>,
}

/// Grants a role; `MASTER` also approves the master. Granting it again changes nothing.
pub(crate) fn grant_role(
    tx: &mut AnyConnection,
    id: TelegramId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<AppliedRoleChange, RoleChangeError> {
    if id.is_service_account() {
        return Err(RoleChangeError::ServiceAccount);
    }
    // Master before user, as everywhere, so that two transactions do not deadlock.
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

/// Revokes a role; repeating it changes nothing. A master loses the approval and keeps phone, specialization and group for
/// a return. `last_admin_too` allows to revoke the last administrator.
pub(crate) fn revoke_role(
    tx: &mut AnyConnection,
    id: TelegramId,
    role: Role,
    last_admin_too: bool,
    now: DateTime<Utc>,
) -> Result<AppliedRoleChange, RoleChangeError> {
    let master = masters::find_master_of_user_for_update(tx, id)?;
    // Locks all admins, so that two commands cannot revoke the last two at once.
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
