//! `job_runs`: when each scheduled job last began, and how that ended. Also when Telegram last answered a poll, by which
//! the operator sees that a bot which is told nothing is well.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::job_runs;
use crate::db::time;

/// The name under which the last answered poll is kept. It began when `serve` did, and never ends.
pub const POLL: &str = "poll";
/// How a job stands that nobody has waited for yet.
pub const NOT_YET_USED: &str = "not run yet";
/// How a job ended that the end of the program cut short.
pub const INTERRUPTED: &str = "interrupted";
/// How what a job says about its failure begins.
pub const FAILED: &str = "failed: ";

/// Makes a job known. What was due before a database knew of it has not been missed.
///
/// # Errors
/// When the database fails.
pub fn insert_job(conn: &mut AnyConnection, job: &str, now: DateTime<Utc>) -> Result<()> {
    let now = time::to_stored(now);
    on_each!(conn, |c| diesel::insert_into(job_runs::table)
        .values((
            job_runs::job.eq(job),
            job_runs::started_at.eq(now),
            job_runs::finished_at.eq(now),
            job_runs::outcome.eq(NOT_YET_USED),
        ))
        .on_conflict(job_runs::job)
        .do_nothing()
        .execute(c))?;
    Ok(())
}

/// Takes the run that is due since `due`: nobody else runs it then, in this process or in another. `false` where it has been
/// taken.
///
/// # Errors
/// When the database fails.
pub fn claim_job_run(
    conn: &mut AnyConnection,
    job: &str,
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let waits =
        job_runs::started_at.lt(time::to_stored(due)).or(job_runs::outcome.eq(INTERRUPTED).assume_not_null());
    let taken = on_each!(conn, |c| diesel::update(job_runs::table.find(job).filter(waits))
        .set((
            job_runs::started_at.eq(time::to_stored(now)),
            job_runs::finished_at.eq(None::<chrono::NaiveDateTime>),
            job_runs::outcome.eq(None::<String>),
        ))
        .execute(c))?;
    Ok(taken == 1)
}

/// Writes down that a run has ended, and how.
///
/// # Errors
/// When the database fails.
pub fn finish_job_run(conn: &mut AnyConnection, job: &str, outcome: &str, now: DateTime<Utc>) -> Result<()> {
    on_each!(conn, |c| diesel::update(job_runs::table.find(job))
        .set((job_runs::finished_at.eq(time::to_stored(now)), job_runs::outcome.eq(outcome)))
        .execute(c))?;
    Ok(())
}

/// `serve` begins: nobody has answered it yet.
///
/// # Errors
/// When the database fails.
pub fn start_polling(conn: &mut AnyConnection, now: DateTime<Utc>) -> Result<()> {
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

/// Telegram has answered a poll.
///
/// # Errors
/// When the database fails.
pub fn record_poll(conn: &mut AnyConnection, now: DateTime<Utc>) -> Result<()> {
    on_each!(conn, |c| diesel::update(job_runs::table.find(POLL))
        .set(job_runs::finished_at.eq(time::to_stored(now)))
        .execute(c))?;
    Ok(())
}
