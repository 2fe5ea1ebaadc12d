//! `job_runs`: the last run of each scheduled job and its outcome. Also the time of Telegram's last answer to a poll, which
//! shows that a bot without updates is healthy.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::job_runs;
use crate::db::time;

/// The row of the last answered poll: `started_at` is the start of `serve`, `finished_at` the answer.
pub(crate) const POLL: &str = "poll";
/// The outcome of a job that has never run.
pub(crate) const NEVER_RUN: &str = "not run yet";
/// The outcome of a job that succeeded.
pub(crate) const DONE: &str = "done";
/// The outcome of a job that a shutdown cut short.
pub(crate) const INTERRUPTED: &str = "interrupted";
/// The prefix of a failed job's outcome.
pub(crate) const FAILED: &str = "failed: ";

/// Inserts a job unless it is there. Its row starts now, so runs that were due earlier do not count as missed.
pub(crate) fn insert_job(conn: &mut AnyConnection, job: &str, now: DateTime<Utc>) -> Result<()> {
    let now = time::to_stored(now);
    on_each!(conn, |c| diesel::insert_into(job_runs::table)
        .values((
            job_runs::job.eq(job),
            job_runs::started_at.eq(now),
            job_runs::finished_at.eq(now),
            job_runs::outcome.eq(NEVER_RUN),
        ))
        .on_conflict(job_runs::job)
        .do_nothing()
        .execute(c))?;
    Ok(())
}

/// The job's row if its run since `$due` was not claimed.
macro_rules! unclaimed {
    ($job:expr, $due:expr, $now:expr) => {
        job_runs::table.find($job).filter(
            job_runs::started_at
                .lt(time::to_stored($due))
                .or(job_runs::started_at.gt(time::to_stored($now + time::CLOCK_SKEW)))
                .or(job_runs::outcome.eq(INTERRUPTED).assume_not_null()),
        )
    };
}

/// Tells whether the run that is due since `due` can be claimed.
pub(crate) fn is_due(
    conn: &mut AnyConnection,
    job: &str,
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let rows: i64 = on_each!(conn, |c| unclaimed!(job, due, now).count().get_result(c))?;
    Ok(rows > 0)
}

/// Claims the run that is due since `due`; `false` when this or another process has claimed it already. A run in the future is
/// of a clock that was ahead, and none of today.
pub(crate) fn claim_job_run(
    conn: &mut AnyConnection,
    job: &str,
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let claimed = on_each!(conn, |c| diesel::update(unclaimed!(job, due, now))
        .set((
            job_runs::started_at.eq(time::to_stored(now)),
            job_runs::finished_at.eq(None::<chrono::NaiveDateTime>),
            job_runs::outcome.eq(None::<String>),
        ))
        .execute(c))?;
    Ok(claimed == 1)
}

/// Tells whether the last run of a job failed.
pub(crate) fn has_failed(conn: &mut AnyConnection, job: &str) -> Result<bool> {
    let outcome: Option<Option<String>> =
        on_each!(conn, |c| job_runs::table.find(job).select(job_runs::outcome).get_result(c).optional())?;
    Ok(outcome.flatten().is_some_and(|outcome| outcome.starts_with(FAILED)))
}

pub(crate) fn finish_job_run(
    conn: &mut AnyConnection,
    job: &str,
    outcome: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    on_each!(conn, |c| diesel::update(job_runs::table.find(job))
        .set((job_runs::finished_at.eq(time::to_stored(now)), job_runs::outcome.eq(outcome)))
        .execute(c))?;
    Ok(())
}

/// Records the start of `serve`, before the first answered poll.
pub(crate) fn start_polling(conn: &mut AnyConnection, now: DateTime<Utc>) -> Result<()> {
    let begun = (
        job_runs::started_at.eq(time::to_stored(now)),
        job_runs::finished_at.eq(None::<chrono::NaiveDateTime>),
        job_runs::outcome.eq(None::<String>),
    );
    on_each!(conn, |c| diesel::insert_into(job_runs::table)
        .values((job_runs::job.eq(POLL), begun.clone()))
        .on_conflict(job_runs::job)
        .do_update()
        .set(begun)
        .execute(c))?;
    Ok(())
}

pub(crate) fn record_poll(conn: &mut AnyConnection, now: DateTime<Utc>) -> Result<()> {
    on_each!(conn, |c| diesel::update(job_runs::table.find(POLL))
        .set(job_runs::finished_at.eq(time::to_stored(now)))
        .execute(c))?;
    Ok(())
}
