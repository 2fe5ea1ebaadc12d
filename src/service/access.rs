//! Users without a role: their requests for one, and the messages that they write to the company.

use chrono::{DateTime, TimeDelta, Utc};

use super::role_changes::{self, RoleAuthor};
use super::{Refusal, Result, require_admin, require_staff};
use crate::db::inbox::{self, StoredUpdate};
use crate::db::{AnyConnection, access_requests, audit, users};
use crate::domain::access::{ASK_INTERVAL, AccessDecision, AccessRequest};
use crate::domain::ids::{AccessRequestId, TelegramId};
use crate::domain::role::Role;
use crate::domain::user::User;

/// One message of a stranger is passed on in this time.
pub(crate) const RELAY_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// The answer to a request for a role.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AccessAnswer {
    /// The administrators are asked.
    Asked(AccessRequestId),
    /// The request before is open.
    Waiting,
    /// The request before was rejected; the user may ask again then.
    Rejected { again_at: DateTime<Utc> },
}

/// Asks for a role, at most once a day.
pub(crate) fn ask_access(tx: &mut AnyConnection, user: &User, now: DateTime<Utc>) -> Result<AccessAnswer> {
    if !user.roles.is_unknown() {
        return Err(Refusal::NoRight);
    }
    let last = access_requests::find_last_access_request(tx, user.telegram_id)?;
    // A time in the future is of a clock that was ahead.
    let is_recent =
        |request: &AccessRequest| (request.asked_at..request.asked_at + ASK_INTERVAL).contains(&now);
    Ok(match last {
        Some(request) if request.decision.is_none() && is_recent(&request) => AccessAnswer::Waiting,
        Some(request) if request.decision.is_none() => {
            access_requests::renew_access_request(tx, request.id, now)?;
            AccessAnswer::Asked(request.id)
        }
        Some(request) if request.decision == Some(AccessDecision::Rejected) && is_recent(&request) => {
            AccessAnswer::Rejected { again_at: request.asked_at + ASK_INTERVAL }
        }
        _ => AccessAnswer::Asked(access_requests::insert_access_request(tx, user.telegram_id, now)?),
    })
}

/// Returns a request with the user who made it, for administrators.
pub(crate) fn view_request(
    tx: &mut AnyConnection,
    user: &User,
    id: AccessRequestId,
) -> Result<(AccessRequest, User)> {
    require_admin(user)?;
    let request = access_requests::find_access_request(tx, id)?.ok_or(Refusal::UnknownPerson)?;
    let applicant = users::find_user(tx, request.user)?.ok_or(Refusal::UnknownPerson)?;
    Ok((request, applicant))
}

/// Makes the user who asked a dispatcher, or rejects the request. Returns the user as they are then; `None` when the request is
/// decided already.
pub(crate) fn decide_request(
    tx: &mut AnyConnection,
    user: &User,
    id: AccessRequestId,
    decision: AccessDecision,
    now: DateTime<Utc>,
) -> Result<Option<User>> {
    let (request, applicant) = view_request(tx, user, id)?;
    if !access_requests::decide_access_request(tx, id, decision, user.telegram_id, now)? {
        return Ok(None);
    }
    let details = format!("request={id} user={} decision={}", request.user, decision.as_str());
    audit::insert_user_action(tx, user.telegram_id, "access.decide", &details, now)?;
    if decision != AccessDecision::Dispatcher {
        return Ok(Some(applicant));
    }
    let author = RoleAuthor::Admin(user.telegram_id);
    let granted = role_changes::grant_role(tx, author, request.user, Role::Dispatcher, now)?;
    Ok(Some(User { roles: granted.roles, ..granted.before }))
}

/// Decides the open request of a user whom staff added as a master, if there is one.
pub(crate) fn fulfil_request(
    tx: &mut AnyConnection,
    user: &User,
    applicant: TelegramId,
    now: DateTime<Utc>,
) -> Result<()> {
    require_staff(user)?;
    if let Some(request) = access_requests::find_last_access_request(tx, applicant)? {
        let decision = AccessDecision::Master;
        access_requests::decide_access_request(tx, request.id, decision, user.telegram_id, now)?;
    }
    Ok(())
}

/// Reserves the message of a stranger that is passed on to the dispatchers in this hour. Returns when the next one is when
/// this one is not.
pub(crate) fn claim_relay(
    tx: &mut AnyConnection,
    user: &User,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    if !user.roles.is_unknown() {
        return Err(Refusal::NoRight);
    }
    if users::claim_relay(tx, user.telegram_id, now - RELAY_INTERVAL, now)? {
        return Ok(None);
    }
    let relayed_at = users::find_relay_time(tx, user.telegram_id)?;
    Ok(Some(relayed_at.unwrap_or(now) + RELAY_INTERVAL))
}

/// Returns the stored message of a stranger, for staff.
pub(crate) fn find_message(
    tx: &mut AnyConnection,
    user: &User,
    update_id: i64,
) -> Result<Option<StoredUpdate>> {
    require_staff(user)?;
    Ok(inbox::find_update(tx, update_id)?)
}

/// Returns the messages after that one which name its album, for staff.
pub(crate) fn list_later_messages(
    tx: &mut AnyConnection,
    user: &User,
    update_id: i64,
    album: &str,
) -> Result<Vec<StoredUpdate>> {
    require_staff(user)?;
    Ok(inbox::list_done_after(tx, update_id, album)?)
}
