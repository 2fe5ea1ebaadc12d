//! `hand_overs`: cash that masters gave to the company, and what they say about it.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::schema::hand_overs;
use crate::db::time;
use crate::domain::hand_over::{HandOver, HandOverState, NewHandOver};
use crate::domain::ids::{HandOverId, MasterId, TelegramId};
use crate::domain::money::Kopecks;

#[derive(Queryable, Selectable)]
#[diesel(table_name = hand_overs)]
struct HandOverRow {
    id: i64,
    master_id: i64,
    amount: i64,
    note: Option<String>,
    state: String,
    reason: Option<String>,
    created_by: i64,
    created_at: NaiveDateTime,
}

fn from_row(row: HandOverRow) -> Result<HandOver> {
    let state = HandOverState::from_stored(&row.state);
    Ok(HandOver {
        id: HandOverId(row.id),
        master: MasterId(row.master_id),
        amount: Kopecks(row.amount),
        note: row.note,
        state: state.ok_or(Error::Unreadable { table: "hand_overs", column: "state", value: row.state })?,
        reason: row.reason,
        by: TelegramId(row.created_by),
        at: time::from_stored(row.created_at),
    })
}

/// Inserts a hand-over that the master has not answered.
pub(crate) fn insert_hand_over(
    conn: &mut AnyConnection,
    new: &NewHandOver,
    by: TelegramId,
    now: DateTime<Utc>,
) -> Result<HandOverId> {
    let id: i64 = on_each!(conn, |c| diesel::insert_into(hand_overs::table)
        .values((
            hand_overs::master_id.eq(new.master.0),
            hand_overs::amount.eq(new.amount.0),
            hand_overs::note.eq(new.note.as_deref()),
            hand_overs::state.eq(HandOverState::Open.as_str()),
            hand_overs::created_by.eq(by.0),
            hand_overs::created_at.eq(time::to_stored(now)),
        ))
        .returning(hand_overs::id)
        .get_result(c))?;
    Ok(HandOverId(id))
}

pub(crate) fn find_hand_over(conn: &mut AnyConnection, id: HandOverId) -> Result<Option<HandOver>> {
    let row: Option<HandOverRow> = on_each!(conn, |c| hand_overs::table
        .find(id.0)
        .select(HandOverRow::as_select())
        .get_result(c)
        .optional())?;
    row.map(from_row).transpose()
}

/// Changes the state if it is still the one before; `false` if another step came first.
pub(crate) fn update_state(
    conn: &mut AnyConnection,
    before: &HandOver,
    state: HandOverState,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let row = hand_overs::table
        .filter(hand_overs::id.eq(before.id.0))
        .filter(hand_overs::state.eq(before.state.as_str()));
    let reason = reason.or(before.reason.as_deref());
    let changed = on_each!(conn, |c| diesel::update(row)
        .set((
            hand_overs::state.eq(state.as_str()),
            hand_overs::reason.eq(reason),
            hand_overs::answered_at.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    Ok(changed == 1)
}

/// Returns what waits for an answer or for staff, of one master or of all, oldest first.
pub(crate) fn list_unsettled(conn: &mut AnyConnection, master: Option<MasterId>) -> Result<Vec<HandOver>> {
    let states = HandOverState::UNSETTLED.map(HandOverState::as_str);
    let rows: Vec<HandOverRow> = on_each!(conn, |c| {
        let unsettled = hand_overs::table
            .filter(hand_overs::state.eq_any(states))
            .order(hand_overs::id)
            .select(HandOverRow::as_select());
        match master {
            Some(master) => unsettled.filter(hand_overs::master_id.eq(master.0)).load(c),
            None => unsettled.load(c),
        }
    })?;
    rows.into_iter().map(from_row).collect()
}
