//! `announcements`: what the scheduled jobs have told of and how often, so that a restart repeats nothing.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::prelude::*;

use super::outbox::ID_CHUNK;
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::announcements;
use crate::db::time;
use crate::domain::ids::OrderId;

#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub(crate) enum AnnouncementKind {
    /// A master has not answered; about the stay in the status.
    Unanswered,
    /// The same, to the dispatcher.
    UnansweredEscalated,
    /// An order waits for a master; about the stay.
    Unassigned,
    /// The same, to the admins.
    UnassignedEscalated,
    /// A visit is near; about its time.
    VisitSoon,
    /// A promised date has come; about the date.
    PromisedDate,
    /// An order is in a status for too long; about the stay.
    TimeLimit,
    /// There are dead letters; about no order but the id of the newest one.
    DeadLetters,
}

impl AnnouncementKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Unanswered => "unanswered",
            Self::UnansweredEscalated => "unanswered_escalated",
            Self::Unassigned => "unassigned",
            Self::UnassignedEscalated => "unassigned_escalated",
            Self::VisitSoon => "visit_soon",
            Self::PromisedDate => "promised_date",
            Self::TimeLimit => "time_limit",
            Self::DeadLetters => "dead_letters",
        }
    }
}

/// What is told of.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
pub(crate) struct AnnouncementSubject {
    pub(crate) order: OrderId,
    pub(crate) kind: AnnouncementKind,
    /// The stay in a status, the visit or the date.
    pub(crate) about: String,
}

/// How often and when a subject was told of last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct AnnouncementCount {
    pub(crate) count: i32,
    pub(crate) last_at: DateTime<Utc>,
}

impl AnnouncementCount {
    /// Tells whether the last time was within `span`. A time in the future is of a clock that was ahead.
    pub(crate) fn is_within(self, span: TimeDelta, now: DateTime<Utc>) -> bool {
        self.last_at + span > now && self.last_at <= now + time::CLOCK_SKEW
    }
}

/// What was told of some orders.
#[derive(Debug, Default)]
pub(crate) struct PastAnnouncements(HashMap<(i64, String, String), AnnouncementCount>);

impl PastAnnouncements {
    pub(crate) fn find_count(&self, subject: &AnnouncementSubject) -> Option<AnnouncementCount> {
        let key = (subject.order.0, subject.kind.as_str().to_owned(), subject.about.clone());
        self.0.get(&key).copied()
    }

    /// Returns how often a subject was told of.
    pub(crate) fn count(&self, subject: &AnnouncementSubject) -> i32 {
        self.find_count(subject).map_or(0, |told| told.count)
    }
}

pub(crate) fn list_announcements(conn: &mut AnyConnection, orders: &[OrderId]) -> Result<PastAnnouncements> {
    type Row = (Option<i64>, String, String, i32, NaiveDateTime);
    let mut past = PastAnnouncements::default();
    for chunk in orders.chunks(ID_CHUNK) {
        let ids = chunk.iter().map(|order| order.0);
        let rows: Vec<Row> = on_each!(conn, |c| announcements::table
            .filter(announcements::order_id.eq_any(ids))
            .select((
                announcements::order_id,
                announcements::kind,
                announcements::about,
                announcements::count,
                announcements::last_at,
            ))
            .load(c))?;
        past.0.extend(rows.into_iter().filter_map(|(order, kind, about, count, last_at)| {
            let told = AnnouncementCount { count, last_at: time::from_stored(last_at) };
            order.map(|order| ((order, kind, about), told))
        }));
    }
    Ok(past)
}

/// Counts one more announcement of a subject.
pub(crate) fn record_announcement(
    conn: &mut AnyConnection,
    subject: &AnnouncementSubject,
    now: DateTime<Utc>,
) -> Result<()> {
    let now = time::to_stored(now);
    let told = announcements::table
        .filter(announcements::order_id.eq(subject.order.0))
        .filter(announcements::kind.eq(subject.kind.as_str()))
        .filter(announcements::about.eq(&subject.about));
    let counted = on_each!(conn, |c| diesel::update(told)
        .set((announcements::count.eq(announcements::count + 1), announcements::last_at.eq(now)))
        .execute(c))?;
    if counted == 0 {
        on_each!(conn, |c| diesel::insert_into(announcements::table)
            .values((
                announcements::order_id.eq(subject.order.0),
                announcements::kind.eq(subject.kind.as_str()),
                announcements::about.eq(&subject.about),
                announcements::last_at.eq(now),
            ))
            .execute(c))?;
    }
    Ok(())
}

/// Returns what the last announcement of a kind without orders was about, and when it was made.
pub(crate) fn find_last_announcement(
    conn: &mut AnyConnection,
    kind: AnnouncementKind,
) -> Result<Option<(String, AnnouncementCount)>> {
    let row: Option<(String, i32, NaiveDateTime)> = on_each!(conn, |c| announcements::table
        .filter(announcements::order_id.is_null())
        .filter(announcements::kind.eq(kind.as_str()))
        .order(announcements::id.desc())
        .select((announcements::about, announcements::count, announcements::last_at))
        .first(c)
        .optional())?;
    Ok(row.map(|(about, count, last_at)| {
        (about, AnnouncementCount { count, last_at: time::from_stored(last_at) })
    }))
}

/// Records an announcement without an order.
pub(crate) fn insert_announcement(
    conn: &mut AnyConnection,
    kind: AnnouncementKind,
    about: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    on_each!(conn, |c| diesel::insert_into(announcements::table)
        .values((
            announcements::kind.eq(kind.as_str()),
            announcements::about.eq(about),
            announcements::last_at.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    Ok(())
}

/// Deletes announcements that were made before `before`.
pub(crate) fn delete_old_announcements(conn: &mut AnyConnection, before: DateTime<Utc>) -> Result<usize> {
    let old = announcements::table.filter(announcements::last_at.lt(time::to_stored(before)));
    Ok(on_each!(conn, |c| diesel::delete(old).execute(c))?)
}
