//! `access_requests`: who asked for a role, and what was decided.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::schema::access_requests as requests;
use crate::db::time;
use crate::domain::access::{AccessDecision, AccessRequest};
use crate::domain::ids::{AccessRequestId, TelegramId};

/// Id, user, time, decision, by.
type RequestRow = (i64, i64, NaiveDateTime, Option<String>, Option<i64>);

macro_rules! request_columns {
    () => {
        (requests::id, requests::user_id, requests::created_at, requests::decision, requests::decided_by)
    };
}

fn request_from_row((id, user, asked_at, decision, by): RequestRow) -> AccessRequest {
    AccessRequest {
        id: AccessRequestId(id),
        user: TelegramId(user),
        asked_at: time::from_stored(asked_at),
        decision: decision.as_deref().and_then(AccessDecision::from_stored),
        decided_by: by.map(TelegramId),
    }
}

/// Inserts an open request, or fails with [`Error::Conflict`] when another transaction just has.
pub(crate) fn insert_access_request(
    conn: &mut AnyConnection,
    user: TelegramId,
    now: DateTime<Utc>,
) -> Result<AccessRequestId> {
    let id: Option<i64> = on_each!(conn, |c| diesel::insert_into(requests::table)
        .values((requests::user_id.eq(user.0), requests::created_at.eq(time::to_stored(now))))
        .on_conflict_do_nothing()
        .returning(requests::id)
        .get_result(c)
        .optional())?;
    id.map(AccessRequestId).ok_or(Error::Conflict)
}

/// Asks an open request anew, or fails with [`Error::Conflict`] when it is decided meanwhile.
pub(crate) fn renew_access_request(
    conn: &mut AnyConnection,
    id: AccessRequestId,
    now: DateTime<Utc>,
) -> Result<()> {
    let open = requests::table.filter(requests::id.eq(id.0)).filter(requests::decided_at.is_null());
    let renewed = on_each!(conn, |c| diesel::update(open)
        .set(requests::created_at.eq(time::to_stored(now)))
        .execute(c))?;
    if renewed == 1 { Ok(()) } else { Err(Error::Conflict) }
}

pub(crate) fn find_access_request(
    conn: &mut AnyConnection,
    id: AccessRequestId,
) -> Result<Option<AccessRequest>> {
    let row: Option<RequestRow> = on_each!(conn, |c| requests::table
        .filter(requests::id.eq(id.0))
        .select(request_columns!())
        .get_result(c)
        .optional())?;
    Ok(row.map(request_from_row))
}

/// Returns the last request of a user.
pub(crate) fn find_last_access_request(
    conn: &mut AnyConnection,
    user: TelegramId,
) -> Result<Option<AccessRequest>> {
    let row: Option<RequestRow> = on_each!(conn, |c| requests::table
        .filter(requests::user_id.eq(user.0))
        .order(requests::id.desc())
        .select(request_columns!())
        .first(c)
        .optional())?;
    Ok(row.map(request_from_row))
}

/// Decides an open request; `false` when it is decided already. On PostgreSQL a second administrator waits here until the
/// first one's transaction ends.
pub(crate) fn decide_access_request(
    conn: &mut AnyConnection,
    id: AccessRequestId,
    decision: AccessDecision,
    by: TelegramId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let open = requests::table.filter(requests::id.eq(id.0)).filter(requests::decided_at.is_null());
    let decided = on_each!(conn, |c| diesel::update(open)
        .set((
            requests::decision.eq(decision.as_str()),
            requests::decided_by.eq(by.0),
            requests::decided_at.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    Ok(decided == 1)
}
