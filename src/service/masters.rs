//! Masters: adding them, letting them in, giving them rest and a work group.

use chrono::{DateTime, Utc};

use super::{Refusal, Result};
use crate::db::masters;
use crate::db::users;
use crate::db::{AnyConnection, audit};
use crate::domain::ids::{ChatId, MasterId, TelegramId};
use crate::domain::master::{Master, MasterFilter, NewMaster};
use crate::domain::role::Role;
use crate::domain::user::User;

/// A change to a master's standing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MasterChange {
    /// Let in.
    Approve,
    /// Not let in: the role and, if they never had an order, the row go.
    Reject,
    /// Takes orders again.
    Activate,
    /// Takes no more orders.
    Deactivate,
    /// Works in this group, or in the private chat.
    WorkChat(Option<ChatId>),
}

impl MasterChange {
    fn name(self) -> &'static str {
        match self {
            Self::Approve => "master.approve",
            Self::Reject => "master.reject",
            Self::Activate => "master.activate",
            Self::Deactivate => "master.deactivate",
            Self::WorkChat(_) => "master.work_chat",
        }
    }
}

/// Whether a person could be added as a master.
///
/// # Errors
/// [`Refusal::NoRight`], [`Refusal::UnknownPerson`] who never wrote to the bot, [`Refusal::AlreadyMaster`].
pub fn check_candidate(tx: &mut AnyConnection, person: &User, id: TelegramId) -> Result<User> {
    require_staff(person)?;
    let candidate = users::find_user(tx, id)?.ok_or(Refusal::UnknownPerson)?;
    if masters::find_master_of_user(tx, id)?.is_some() {
        return Err(Refusal::AlreadyMaster);
    }
    Ok(candidate)
}

/// Adds a master. Whoever may approve masters approves by adding; without approval they have no role yet.
///
/// # Errors
/// As [`check_candidate`].
pub fn add_master(
    tx: &mut AnyConnection,
    person: &User,
    new: &NewMaster,
    now: DateTime<Utc>,
) -> Result<Master> {
    check_candidate(tx, person, new.telegram_id)?;
    let approved = person.roles.is_admin();
    let id = masters::insert_master(tx, new, approved, now)?.ok_or(Refusal::AlreadyMaster)?;
    if approved {
        set_master_role(tx, new.telegram_id, true)?;
    }
    let details = format!("master={id} user={} approved={approved}", new.telegram_id);
    audit::insert_user_action(tx, person.telegram_id, "master.add", &details, now)?;
    masters::find_master(tx, id)?.ok_or(Refusal::NoSuchMaster)
}

/// Changes a master's standing and returns the master before and after (`None` when the row is gone).
/// Repeating a change changes nothing and is no error.
///
/// # Errors
/// [`Refusal::NoRight`]: approving and rejecting is for admins, the rest for staff. [`Refusal::NoSuchMaster`].
pub fn change_master(
    tx: &mut AnyConnection,
    person: &User,
    id: TelegramId,
    change: MasterChange,
    now: DateTime<Utc>,
) -> Result<(Master, Option<Master>)> {
    require_staff(person)?;
    if matches!(change, MasterChange::Approve | MasterChange::Reject) && !person.roles.is_admin() {
        return Err(Refusal::NoRight);
    }
    let before = masters::find_master_of_user_for_update(tx, id)?.ok_or(Refusal::NoSuchMaster)?;
    match change {
        MasterChange::Approve => {
            masters::update_master_approval(tx, before.id, true)?;
            set_master_role(tx, id, true)?;
        }
        MasterChange::Reject => {
            if !masters::delete_unused_master(tx, before.id)? {
                return Err(Refusal::MasterHasOrders);
            }
            set_master_role(tx, id, false)?;
        }
        MasterChange::Activate => masters::update_master_activity(tx, before.id, true)?,
        MasterChange::Deactivate => masters::update_master_activity(tx, before.id, false)?,
        MasterChange::WorkChat(chat) => masters::update_work_chat(tx, before.id, chat)?,
    }
    let after = masters::find_master(tx, before.id)?;
    if after.as_ref() != Some(&before) {
        let details = format!("master={} user={id}", before.id);
        audit::insert_user_action(tx, person.telegram_id, change.name(), &details, now)?;
    }
    Ok((before, after))
}

/// One master.
///
/// # Errors
/// [`Refusal::NoRight`] unless the person is staff, [`Refusal::NoSuchMaster`].
pub fn view_master(tx: &mut AnyConnection, person: &User, id: TelegramId) -> Result<Master> {
    require_staff(person)?;
    masters::find_master_of_user(tx, id)?.ok_or(Refusal::NoSuchMaster)
}

/// The masters, each with the number of orders in hand.
///
/// # Errors
/// [`Refusal::NoRight`] unless the person is staff.
pub fn list_masters(
    tx: &mut AnyConnection,
    person: &User,
    filter: MasterFilter,
) -> Result<Vec<(Master, i64)>> {
    require_staff(person)?;
    Ok(masters::list_masters(tx, filter)?)
}

/// How many orders a master has in hand, for staff.
///
/// # Errors
/// [`Refusal::NoRight`] unless the person is staff.
pub fn count_open_orders(tx: &mut AnyConnection, person: &User, id: MasterId) -> Result<i64> {
    require_staff(person)?;
    Ok(masters::count_open_orders(tx, id)?)
}

fn set_master_role(tx: &mut AnyConnection, id: TelegramId, is_master: bool) -> Result<()> {
    if let Some(user) = users::find_user_for_update(tx, id)? {
        let roles = if is_master { user.roles.with(Role::Master) } else { user.roles.without(Role::Master) };
        users::update_user_roles(tx, id, roles)?;
    }
    Ok(())
}

fn require_staff(person: &User) -> Result<()> {
    if person.roles.is_staff() { Ok(()) } else { Err(Refusal::NoRight) }
}
