//! Granting and revoking roles, in the chat and at the command line. No right is checked here; the callers are in [`super::people`] and
//! [`super::operator`].

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

/// Who changes a role.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RoleAuthor {
    Admin(TelegramId),
    /// At the command line, where no user of the bot is known.
    Operator,
}

/// Grants a role. `MASTER` approves the master and, after a dismissal, makes them active again. Granting it again changes
/// nothing.
pub(crate) fn grant_role(
    tx: &mut AnyConnection,
    author: RoleAuthor,
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
    if role == Role::Master {
        let master = master.as_ref().ok_or(RoleChangeError::NeverAMaster)?;
        masters::update_master_approval(tx, master.id, true)?;
        if !master.sees_orders() {
            masters::update_master_activity(tx, master.id, true)?;
        }
    }
    let change = RequestedChange { role, roles: before.roles.with(role), verb: "grant" };
    apply_roles(tx, author, before, master.as_ref(), change, now)
}

/// Revokes a role; repeating it changes nothing. Revoking `MASTER` dismisses the master: approval, activity and the link to
/// the work group end, phone and specialization stay for a return, and so do their orders and money. `last_admin_too`
/// allows to revoke the last administrator.
pub(crate) fn revoke_role(
    tx: &mut AnyConnection,
    author: RoleAuthor,
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
    if let (Role::Master, Some(master)) = (role, &master) {
        let orders = masters::list_open_orders(tx, master.id)?;
        if !orders.is_empty() {
            return Err(RoleChangeError::OrdersInHand(orders));
        }
        masters::update_master_approval(tx, master.id, false)?;
        masters::update_master_activity(tx, master.id, false)?;
        masters::update_work_chat(tx, master.id, None)?;
    }
    let change = RequestedChange { role, roles: before.roles.without(role), verb: "revoke" };
    apply_roles(tx, author, before, master.as_ref(), change, now)
}

#[derive(Clone, Copy)]
struct RequestedChange {
    role: Role,
    /// The roles after the change.
    roles: RoleSet,
    verb: &'static str,
}

fn apply_roles(
    tx: &mut AnyConnection,
    author: RoleAuthor,
    before: User,
    former_master: Option<&Master>,
    change: RequestedChange,
    now: DateTime<Utc>,
) -> Result<AppliedRoleChange, RoleChangeError> {
    let id = before.telegram_id;
    let RequestedChange { role, roles, verb } = change;
    if roles != before.roles {
        users::update_user_roles(tx, id, roles)?;
    }
    let master = masters::find_master_of_user(tx, id)?;
    let is_change = roles != before.roles || master.as_ref() != former_master;
    if is_change {
        let details = format!("user={id} role={role}");
        match author {
            RoleAuthor::Admin(by) => {
                audit::insert_user_action(tx, by, &format!("user.{verb}"), &details, now)?;
            }
            RoleAuthor::Operator => {
                audit::insert_operator_action(tx, &format!("operator.{verb}"), &details, now)?;
            }
        }
    }
    Ok(AppliedRoleChange { before, roles, is_change, master })
}
