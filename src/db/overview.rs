//! Counts and ages over the whole database, for `botctl status`.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::dsl::{count_star, max, min};
use diesel::prelude::*;

use super::clock::FutureTimes;
use super::connection::{AnyConnection, on_each};
use super::error::{Error, Result};
use super::schema::{inbox, masters, orders, outbox, users};
use super::sql::PendingState;
use super::{clock, job_runs, sql, tables, time};
use crate::config::database::DatabaseUrl;
use crate::domain::ids::{MasterId, TelegramId};
use crate::domain::money::Kopecks;
use crate::domain::role::{Role, RoleSet};
use crate::domain::status::OrderStatus;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DatabaseOverview {
    /// Users by role, every role once; a user with several roles counts in each.
    pub users: Vec<(Role, i64)>,
    pub users_total: i64,
    /// Masters to whom orders can be assigned.
    pub ready_masters: i64,
    /// Every status once.
    pub orders: Vec<(OrderStatus, i64)>,
    /// Unhandled updates.
    pub inbox: QueueSummary,
    /// Updates that could not be read.
    pub unreadable_updates: i64,
    /// Updates that were dropped because their users sent too many.
    pub dropped_updates: i64,
    pub last_update: Option<DateTime<Utc>>,
    /// Pending messages.
    pub outbox: QueueSummary,
    /// When the oldest overdue message was created; see [`OVERDUE`].
    pub overdue: Option<DateTime<Utc>>,
    pub dead_letters: i64,
    /// What all masters owe the company together.
    pub balances: Kopecks,
    /// When Telegram last answered a poll, else when `serve` started; `None` before its first start.
    pub last_poll: Option<DateTime<Utc>>,
    /// The scheduled jobs, by name.
    pub jobs: Vec<JobRun>,
    pub future_times: FutureTimes,
}

/// A message older than this is overdue if an attempt has failed or it has been due for as long.
const OVERDUE: TimeDelta = TimeDelta::minutes(5);

impl DatabaseOverview {
    /// Tells whether there are users or orders.
    pub(crate) fn has_data(&self) -> bool {
        self.users_total > 0 || self.orders.iter().any(|(_, count)| *count > 0)
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct QueueSummary {
    pub count: i64,
    /// When the oldest entry was created.
    pub since: Option<DateTime<Utc>>,
}

/// The last run of a scheduled job.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct JobRun {
    pub job: String,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub outcome: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct UserOrderCounts {
    /// Entered as dispatcher.
    pub created: i64,
    /// Open, as master.
    pub active: i64,
    /// Closed, as master.
    pub closed: i64,
}

/// Reads the overview; the schema must be current.
pub(crate) fn read_overview(conn: &mut AnyConnection, now: DateTime<Utc>) -> Result<DatabaseOverview> {
    let (users, users_total) = count_users_by_role(conn)?;
    let ready = masters::table.filter(masters::is_active.eq(true)).filter(masters::is_approved.eq(true));
    let ready_masters = on_each!(conn, |c| ready.count().get_result(c))?;
    let unhandled = inbox::table.filter(inbox::done_at.is_null());
    let unhandled: (i64, Option<NaiveDateTime>) =
        on_each!(conn, |c| unhandled.select((count_star(), min(inbox::received_at))).get_result(c))?;
    let unreadable = inbox::table.filter(inbox::outcome.eq(tables::inbox::UNREADABLE));
    let dropped = inbox::table.filter(inbox::outcome.eq(tables::inbox::FLOOD));
    let received = inbox::table.filter(inbox::received_at.le(time::to_stored(now + time::CLOCK_SKEW)));
    let last_update: Option<NaiveDateTime> =
        on_each!(conn, |c| received.select(max(inbox::received_at)).get_result(c))?;
    let unsent = outbox::table.filter(outbox::state.eq(PendingState));
    let unsent: (i64, Option<NaiveDateTime>) =
        on_each!(conn, |c| unsent.select((count_star(), min(outbox::created_at))).get_result(c))?;
    let long_ago = time::to_stored(now - OVERDUE);
    let overdue = outbox::table
        .filter(outbox::state.eq(PendingState))
        .filter(outbox::created_at.lt(long_ago))
        .filter(outbox::attempts.gt(0).or(outbox::due_at.lt(long_ago)));
    let overdue: Option<NaiveDateTime> =
        on_each!(conn, |c| overdue.select(min(outbox::created_at)).get_result(c))?;
    let dead = outbox::table.filter(outbox::state.eq("dead"));
    let (polls, jobs) =
        list_job_runs(conn)?.into_iter().partition::<Vec<_>, _>(|run| run.job == job_runs::POLL);
    Ok(DatabaseOverview {
        users,
        users_total,
        ready_masters,
        orders: count_orders_by_status(conn)?,
        inbox: queue_summary(unhandled),
        unreadable_updates: on_each!(conn, |c| unreadable.count().get_result(c))?,
        dropped_updates: on_each!(conn, |c| dropped.count().get_result(c))?,
        last_update: last_update.map(time::from_stored),
        outbox: queue_summary(unsent),
        balances: tables::ledger_entries::sum_balances(conn)?,
        dead_letters: on_each!(conn, |c| dead.count().get_result(c))?,
        overdue: overdue.map(time::from_stored),
        last_poll: polls.first().map(|run| run.finished_at.unwrap_or(run.started_at).min(now)),
        jobs,
        future_times: clock::count_future_times(conn, now)?,
    })
}

/// Returns the size of a database in bytes, including SQLite's write-ahead log.
pub(crate) fn database_size(conn: &mut AnyConnection, url: &DatabaseUrl) -> Result<u64> {
    match (conn, url) {
        (conn @ AnyConnection::Pg(_), _) => {
            let query = "SELECT pg_database_size(current_database()) AS number";
            Ok(sql::query_number(conn, query)?.unsigned_abs())
        }
        (AnyConnection::Sqlite(_), DatabaseUrl::Sqlite(path)) => {
            let mut log = path.as_os_str().to_owned();
            log.push("-wal");
            let length = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |file| file.len());
            Ok(length(path) + length(log.as_ref()))
        }
        (AnyConnection::Sqlite(_), DatabaseUrl::Postgres(_)) => Ok(0),
    }
}

/// Counts a user's orders, as dispatcher and as this master.
pub(crate) fn count_orders_of_user(
    conn: &mut AnyConnection,
    user: TelegramId,
    master: Option<MasterId>,
) -> Result<UserOrderCounts> {
    let live = orders::table.filter(orders::deleted_at.is_null());
    let created = live.filter(orders::dispatcher_id.eq(user.0));
    let created = on_each!(conn, |c| created.count().get_result(c))?;
    let Some(master) = master else { return Ok(UserOrderCounts { created, ..UserOrderCounts::default() }) };
    let by_status: Vec<(String, i64)> = on_each!(conn, |c| live
        .filter(orders::assigned_master_id.eq(master.0))
        .group_by(orders::status)
        .select((orders::status, count_star()))
        .load(c))?;
    let count = |wanted: &dyn Fn(OrderStatus) -> bool| {
        let is_wanted = |text: &str| text.parse().is_ok_and(wanted);
        by_status.iter().filter(|(status, _)| is_wanted(status)).map(|(_, count)| count).sum()
    };
    let (active, closed) = (count(&OrderStatus::has_master), count(&|status| status == OrderStatus::Closed));
    Ok(UserOrderCounts { created, active, closed })
}

fn count_users_by_role(conn: &mut AnyConnection) -> Result<(Vec<(Role, i64)>, i64)> {
    // There are few sets of roles, however many users.
    let sets: Vec<(String, i64)> =
        on_each!(conn, |c| users::table.group_by(users::role).select((users::role, count_star())).load(c))?;
    let mut by_role = Role::ALL.map(|role| (role, 0));
    for (text, count) in &sets {
        let roles: RoleSet = text.parse().map_err(|_| Error::Unreadable {
            table: "users",
            column: "role",
            value: text.clone(),
        })?;
        for (role, sum) in &mut by_role {
            *sum += if roles.has(*role) { *count } else { 0 };
        }
    }
    Ok((by_role.to_vec(), sets.iter().map(|(_, count)| count).sum()))
}

/// Counts the orders in every status, also in those without orders.
pub(super) fn count_orders_by_status(conn: &mut AnyConnection) -> Result<Vec<(OrderStatus, i64)>> {
    let counts = tables::orders::count_orders_by_status(conn)?;
    let count = |status| counts.iter().find(|(found, _)| *found == status).map_or(0, |(_, count)| *count);
    Ok(OrderStatus::ALL.map(|status| (status, count(status))).to_vec())
}

pub(super) fn list_job_runs(conn: &mut AnyConnection) -> Result<Vec<JobRun>> {
    type Row = (String, NaiveDateTime, Option<NaiveDateTime>, Option<String>);
    use super::schema::job_runs::dsl as runs;
    let rows: Vec<Row> = on_each!(conn, |c| runs::job_runs
        .order(runs::job)
        .select((runs::job, runs::started_at, runs::finished_at, runs::outcome))
        .load(c))?;
    let run = |(job, started, finished, outcome): Row| JobRun {
        job,
        started_at: time::from_stored(started),
        finished_at: finished.map(time::from_stored),
        outcome,
    };
    Ok(rows.into_iter().map(run).collect())
}

fn queue_summary((count, since): (i64, Option<NaiveDateTime>)) -> QueueSummary {
    QueueSummary { count, since: since.map(time::from_stored) }
}
