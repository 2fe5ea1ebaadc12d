//! What the metrics show of the database. Each figure comes from an index, since it is read again and again.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::connection::{AnyConnection, on_each};
use super::error::Result;
use super::overview::{JobRun, count_orders_by_status, list_job_runs};
use super::schema::{inbox, outbox};
use super::time;
use crate::domain::status::OrderStatus;

/// As in the partial indexes, which SQLite does not use for a bound value.
const PENDING: &str = "state = 'pending'";
const DEAD: &str = "state = 'dead'";

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DatabaseGauges {
    pub inbox_unfinished: i64,
    pub outbox_pending: i64,
    /// When the first of the pending messages was created.
    pub oldest_pending: Option<DateTime<Utc>>,
    pub dead_letters: i64,
    /// Every status once.
    pub orders: Vec<(OrderStatus, i64)>,
    /// When the newest update was stored.
    pub last_update: Option<DateTime<Utc>>,
    pub jobs: Vec<JobRun>,
}

pub(crate) fn read_gauges(conn: &mut AnyConnection) -> Result<DatabaseGauges> {
    let unfinished = inbox::table.filter(inbox::done_at.is_null()).count();
    let newest_update = inbox::table.order(inbox::update_id.desc()).select(inbox::received_at);
    let newest_update: Option<NaiveDateTime> = on_each!(conn, |c| newest_update.first(c).optional())?;
    let oldest = outbox::table.filter(sql::<Bool>(PENDING)).order(outbox::id).select(outbox::created_at);
    let oldest: Option<NaiveDateTime> = on_each!(conn, |c| oldest.first(c).optional())?;
    Ok(DatabaseGauges {
        inbox_unfinished: on_each!(conn, |c| unfinished.get_result(c))?,
        outbox_pending: count_messages(conn, PENDING)?,
        oldest_pending: oldest.map(time::from_stored),
        dead_letters: count_messages(conn, DEAD)?,
        orders: count_orders_by_status(conn)?,
        last_update: newest_update.map(time::from_stored),
        jobs: list_job_runs(conn)?,
    })
}

fn count_messages(conn: &mut AnyConnection, condition: &str) -> Result<i64> {
    Ok(on_each!(conn, |c| outbox::table.filter(sql::<Bool>(condition)).count().get_result(c))?)
}
