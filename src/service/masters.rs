//! Masters: adding, approving, deactivating, work groups.

use chrono::{DateTime, Utc};

use super::{Refusal, Result, require_staff};
use crate::db::masters;
use crate::db::users;
use crate::db::{AnyConnection, audit};
use crate::domain::equipment::count_mentions;
use crate::domain::ids::{ChatId, ChatPlace, MasterId, TelegramId};
use crate::domain::master::{Master, MasterFilter, NewMaster};
use crate::domain::role::Role;
use crate::domain::user::User;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MasterChange {
    Approve,
    /// Revokes the role and deletes the row of a master who never had an order.
    Reject,
    Activate,
    Deactivate,
    /// Gives or takes the rates of a senior master.
    Senior(bool),
    /// Sets the work group; `None` for the private chat.
    WorkChat(Option<ChatPlace>),
}

impl MasterChange {
    fn audit_name(self) -> &'static str {
        match self {
            Self::Approve => "master.approve",
            Self::Reject => "master.reject",
            Self::Activate => "master.activate",
            Self::Deactivate => "master.deactivate",
            Self::Senior(true) => "master.senior",
            Self::Senior(false) => "master.not_senior",
            Self::WorkChat(_) => "master.work_chat",
        }
    }
}

/// Returns the master of a row, for staff.
pub(crate) fn find_master(tx: &mut AnyConnection, user: &User, id: MasterId) -> Result<Option<Master>> {
    require_staff(user)?;
    Ok(masters::find_master(tx, id)?)
}

/// Returns the user who is to be added as a master, or why that is refused.
pub(crate) fn check_candidate(tx: &mut AnyConnection, user: &User, id: TelegramId) -> Result<User> {
    require_staff(user)?;
    let candidate = users::find_user(tx, id)?.filter(|found| !found.telegram_id.is_service_account());
    let candidate = candidate.ok_or(Refusal::UnknownPerson)?;
    if masters::find_master_of_user(tx, id)?.is_some() {
        return Err(Refusal::AlreadyMaster);
    }
    Ok(candidate)
}

/// Adds a master. An administrator approves by adding; an unapproved master does not get the role yet.
pub(crate) fn add_master(
    tx: &mut AnyConnection,
    user: &User,
    new: &NewMaster,
    now: DateTime<Utc>,
) -> Result<Master> {
    check_candidate(tx, user, new.telegram_id)?;
    let approved = user.roles.is_admin();
    let id = masters::insert_master(tx, new, approved, now)?.ok_or(Refusal::AlreadyMaster)?;
    masters::update_added_by(tx, id, user.telegram_id)?;
    if approved {
        set_master_role(tx, new.telegram_id, true)?;
    }
    let details = format!("master={id} user={} approved={approved}", new.telegram_id);
    audit::insert_user_action(tx, user.telegram_id, "master.add", &details, now)?;
    masters::find_master(tx, id)?.ok_or(Refusal::NoSuchMaster)
}

/// Changes a master and returns them before and after (`None` when the row was deleted). Only administrators approve, reject
/// and decide who is a senior master. Repeating a change changes nothing.
pub(crate) fn change_master(
    tx: &mut AnyConnection,
    user: &User,
    id: TelegramId,
    change: MasterChange,
    now: DateTime<Utc>,
) -> Result<(Master, Option<Master>)> {
    require_staff(user)?;
    let is_admins = matches!(change, MasterChange::Approve | MasterChange::Reject | MasterChange::Senior(_));
    if is_admins && !user.roles.is_admin() {
        return Err(Refusal::NoRight);
    }
    let before = masters::find_master_of_user_for_update(tx, id)?.ok_or(Refusal::NoSuchMaster)?;
    match change {
        MasterChange::Approve => {
            masters::update_master_approval(tx, before.id, true)?;
            // One who was dismissed comes back.
            if before.is_dismissed() {
                masters::update_master_activity(tx, before.id, true)?;
            }
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
        MasterChange::Senior(senior) => masters::update_seniority(tx, before.id, senior)?,
        MasterChange::WorkChat(place) => masters::update_work_chat(tx, before.id, place)?,
    }
    let after = masters::find_master(tx, before.id)?;
    if after.as_ref() != Some(&before) {
        let details = format!("master={} user={id}", before.id);
        audit::insert_user_action(tx, user.telegram_id, change.audit_name(), &details, now)?;
    }
    Ok((before, after))
}

/// Sets until when a master has a day off, or ends it, for staff and the master themselves. Returns the master before and
/// after. Repeating it changes nothing.
pub(crate) fn set_day_off(
    tx: &mut AnyConnection,
    user: &User,
    id: TelegramId,
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(Master, Master)> {
    let before = view_for_day_off(tx, user, id)?;
    let before =
        masters::find_master_of_user_for_update(tx, before.telegram_id)?.ok_or(Refusal::NoSuchMaster)?;
    if !before.sees_orders() {
        return Err(Refusal::MasterTakesNoOrders);
    }
    masters::update_day_off(tx, before.id, until)?;
    let after = masters::find_master(tx, before.id)?.ok_or(Refusal::NoSuchMaster)?;
    if after != before {
        let until = until.map_or("none".to_owned(), |until| until.to_rfc3339());
        let details = format!("master={} user={id} until={until}", before.id);
        audit::insert_user_action(tx, user.telegram_id, "master.day_off", &details, now)?;
    }
    Ok((before, after))
}

/// Returns a master whose day off the user may set.
pub(crate) fn view_for_day_off(tx: &mut AnyConnection, user: &User, id: TelegramId) -> Result<Master> {
    if id != user.telegram_id {
        return view_master(tx, user, id);
    }
    let own = masters::find_master_of_user(tx, id)?;
    let own = own.filter(|own| own.sees_orders() || user.roles.is_staff());
    own.ok_or(Refusal::NoRight)
}

/// Unlinks a group to which the bot cannot write. Returns the master, who works in the private chat again. Needs no right: the
/// link was made by staff and does not work.
pub(crate) fn unlink_unreachable_group(
    tx: &mut AnyConnection,
    master: &Master,
    linked_by: TelegramId,
    now: DateTime<Utc>,
) -> Result<Master> {
    masters::update_work_chat(tx, master.id, None)?;
    let details = format!("master={} user={} unreachable", master.id, master.telegram_id);
    audit::insert_user_action(tx, linked_by, "master.work_chat", &details, now)?;
    masters::find_master(tx, master.id)?.ok_or(Refusal::NoSuchMaster)
}

/// Returns a master, for staff.
pub(crate) fn view_master(tx: &mut AnyConnection, user: &User, id: TelegramId) -> Result<Master> {
    require_staff(user)?;
    masters::find_master_of_user(tx, id)?.ok_or(Refusal::NoSuchMaster)
}

/// Returns the user's own profile, if they are a master who sees orders.
pub(crate) fn find_own_profile(tx: &mut AnyConnection, user: &User) -> Result<Option<Master>> {
    Ok(masters::find_master_of_user(tx, user.telegram_id)?.filter(Master::sees_orders))
}

/// Whether a chat is the work group of the user, who is a master.
pub(crate) fn is_own_group(tx: &mut AnyConnection, user: &User, chat: ChatId) -> Result<bool> {
    let own = find_own_profile(tx, user)?;
    Ok(chat.is_group() && own.is_some_and(|master| master.chat() == chat))
}

/// Returns the oldest master who works in a group, to name them there.
pub(crate) fn find_master_of_group(tx: &mut AnyConnection, group: ChatId) -> Result<Option<Master>> {
    Ok(masters::list_masters_of_group(tx, group)?.into_iter().next())
}

/// Returns the masters with their numbers of open orders, for staff.
pub(crate) fn list_masters(
    tx: &mut AnyConnection,
    user: &User,
    filter: MasterFilter,
) -> Result<Vec<(Master, i64)>> {
    require_staff(user)?;
    Ok(masters::list_masters(tx, filter)?)
}

/// Returns the masters who take orders, for staff: first those whose trade is the equipment with one of these names, then those
/// with the fewest open orders.
pub(crate) fn rank_masters(
    tx: &mut AnyConnection,
    user: &User,
    equipment: &[String],
    now: DateTime<Utc>,
) -> Result<Vec<(Master, i64)>> {
    let mut ranked = list_masters(tx, user, MasterFilter::TakesOrders(now))?;
    ranked.sort_by_cached_key(|(master, load)| {
        (count_mentions(&master.specialization, equipment) == 0, *load, master.id)
    });
    Ok(ranked)
}

/// Returns a master's number of open orders, for staff.
pub(crate) fn count_open_orders(tx: &mut AnyConnection, user: &User, id: MasterId) -> Result<i64> {
    require_staff(user)?;
    Ok(masters::count_open_orders(tx, id)?)
}

fn set_master_role(tx: &mut AnyConnection, id: TelegramId, is_master: bool) -> Result<()> {
    if let Some(user) = users::find_user_for_update(tx, id)? {
        let roles = if is_master { user.roles.with(Role::Master) } else { user.roles.without(Role::Master) };
        users::update_user_roles(tx, id, roles)?;
    }
    Ok(())
}
