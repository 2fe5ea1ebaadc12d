//! The users of the bot, for administrators: lists, the search, one user and their roles.

use chrono::{DateTime, Utc};

use super::role_changes::{self, AppliedRoleChange, RoleAuthor, RoleChangeError};
use super::{Refusal, Result, require_admin};
use crate::db::AnyConnection;
use crate::db::overview::{self, UserOrderCounts};
use crate::db::{masters, searches, users};
use crate::domain::ids::{SearchId, TelegramId};
use crate::domain::master::{Master, MasterFilter};
use crate::domain::people_search::PeopleQuery;
use crate::domain::role::Role;
use crate::domain::user::User;

/// A user with what an administrator wants to know of them.
#[derive(Clone, Debug)]
pub(crate) struct UserView {
    pub user: User,
    /// Their row, also of a master who was dismissed or waits for approval.
    pub master: Option<Master>,
    pub orders: UserOrderCounts,
}

/// Returns the users who hold a role, or all, those with a role first and then those who came last.
pub(crate) fn list_users(tx: &mut AnyConnection, user: &User, role: Option<Role>) -> Result<Vec<User>> {
    require_admin(user)?;
    let mut found = users::list_users(tx)?;
    found.retain(|found| is_person(found) && role.is_none_or(|role| found.roles.has(role)));
    found.reverse();
    found.sort_by_key(|found| found.roles.is_unknown());
    Ok(found)
}

/// Returns the users whose name, `@username`, id or phone as a master was typed.
pub(crate) fn search_users(tx: &mut AnyConnection, user: &User, query: &PeopleQuery) -> Result<Vec<User>> {
    let masters = masters::list_masters(tx, MasterFilter::All)?;
    let phone_of = |id: TelegramId| {
        let found = masters.iter().find(|(master, _)| master.telegram_id == id);
        found.map(|(master, _)| master.phone.as_str())
    };
    let mut found = list_users(tx, user, None)?;
    found.retain(|found| query.matches(found, phone_of(found.telegram_id)));
    Ok(found)
}

/// Remembers what an administrator searched for, for the buttons of its pages.
pub(crate) fn record_search(
    tx: &mut AnyConnection,
    user: &User,
    typed: &str,
    now: DateTime<Utc>,
) -> Result<SearchId> {
    require_admin(user)?;
    Ok(searches::insert_search(tx, user.telegram_id, typed, now)?)
}

/// Returns what the administrator searched for; `None` when it is no longer kept.
pub(crate) fn find_search(tx: &mut AnyConnection, user: &User, id: SearchId) -> Result<Option<String>> {
    require_admin(user)?;
    Ok(searches::find_search(tx, id, user.telegram_id)?)
}

pub(crate) fn view_user(tx: &mut AnyConnection, user: &User, id: TelegramId) -> Result<UserView> {
    require_admin(user)?;
    let found = users::find_user(tx, id)?.filter(is_person).ok_or(Refusal::UnknownPerson)?;
    let master = masters::find_master_of_user(tx, id)?;
    let orders = overview::count_orders_of_user(tx, id, master.as_ref().map(|master| master.id))?;
    Ok(UserView { user: found, master, orders })
}

/// Grants a role. A user who was never added as a master has to be added first.
pub(crate) fn grant_role(
    tx: &mut AnyConnection,
    user: &User,
    id: TelegramId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<AppliedRoleChange> {
    require_admin(user)?;
    Ok(role_changes::grant_role(tx, RoleAuthor::Admin(user.telegram_id), id, role, now)?)
}

/// Revokes a role; revoking `MASTER` dismisses the master. Administrators keep their own role, so that there is always one.
pub(crate) fn revoke_role(
    tx: &mut AnyConnection,
    user: &User,
    id: TelegramId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<AppliedRoleChange> {
    require_admin(user)?;
    if role == Role::Admin && id == user.telegram_id {
        return Err(Refusal::OwnAdminRole);
    }
    let author = RoleAuthor::Admin(user.telegram_id);
    Ok(role_changes::revoke_role(tx, author, id, role, false, now)?)
}

/// Placeholders of the old bot and accounts of Telegram's own are no persons.
fn is_person(user: &User) -> bool {
    !user.telegram_id.is_placeholder() && !user.telegram_id.is_service_account()
}

impl From<RoleChangeError> for Refusal {
    fn from(error: RoleChangeError) -> Self {
        match error {
            RoleChangeError::UnknownPerson | RoleChangeError::ServiceAccount => Self::UnknownPerson,
            RoleChangeError::NeverAMaster => Self::NeverAMaster,
            RoleChangeError::OrdersInHand(orders) => Self::MasterHasOpenOrders(orders.len()),
            RoleChangeError::LastAdmin => Self::LastAdmin,
            RoleChangeError::Database(error) => Self::Database(error),
        }
    }
}
