//! When a client expects the master: a small grammar of Russian and English words.
//!
//! What is not understood with certainty is not understood. The caller keeps the words then, and says so: a wrong date would
//! send a master to a closed door.

mod parser;
mod past_days;
mod times;
mod tokens;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use parser::VisitParser;
pub(crate) use parser::VisitTime;
pub(crate) use past_days::parse_past_days;
use tokens::tokenize;

/// When a visit may begin.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct VisitWindow {
    /// The exact time, or the first one.
    pub from: DateTime<Utc>,
    /// The end of the window, exclusive; `None` for an exact time. A day ends at the next midnight.
    pub until: Option<DateTime<Utc>>,
}

/// How far ahead a visit may be.
const MAX_DAYS: i64 = 366;

/// Parses what was typed at `now`, in the time zone of the company; `None` when it is not understood with certainty or not
/// in the future.
pub(crate) fn parse_visit(text: &str, now: DateTime<Utc>, zone: Tz) -> Option<VisitWindow> {
    parse_window(text, now, zone).filter(|window| is_ahead(window, now))
}

/// Whether what was typed names a time that is certainly over: "yesterday", "today at 9" in the evening.
pub(crate) fn is_past_visit(text: &str, now: DateTime<Utc>, zone: Tz) -> bool {
    parse_window(text, now, zone).is_some_and(|window| window.until.unwrap_or(window.from) <= now)
}

fn parse_window(text: &str, now: DateTime<Utc>, zone: Tz) -> Option<VisitWindow> {
    let local = now.with_timezone(&zone).naive_local();
    let tokens = tokenize(text)?;
    let mut parser = VisitParser::new(&tokens, local.date());
    let (mut day, mut time, mut delay) = (None, None, None);
    let mut is_any_time = false;
    while !parser.is_at_end() {
        if let Some(named) = parser.attempt(VisitParser::day) {
            // "Fri 27.11" names the day twice.
            if *day.get_or_insert(named) != named {
                return None;
            }
        } else if let Some(named) = parser.attempt(VisitParser::delay) {
            delay = Some(named).filter(|_| delay.is_none());
            delay?;
        } else if parser.any_time().is_some() {
            is_any_time = true;
        } else {
            let named = parser.time()?;
            if time.replace(named).is_some() {
                return None;
            }
        }
    }
    if is_any_time && (day.is_none() || time.is_some()) {
        return None;
    }
    match (day, time, delay) {
        (None, None, Some(delay)) => {
            Some(VisitWindow { from: to_utc(zone, full_minute(local)?)? + delay, until: None })
        }
        (_, _, Some(_)) | (None, None, None) => None,
        (day, time, None) => VisitWindow::on(day.unwrap_or(local.date()), time, zone),
    }
}

impl VisitWindow {
    fn on(day: NaiveDate, time: Option<VisitTime>, zone: Tz) -> Option<Self> {
        let at = |time: NaiveTime| to_utc(zone, day.and_time(time));
        let (begin, end) = (midnight(zone, day)?, midnight(zone, day.succ_opt()?)?);
        let (from, until) = match time {
            None => (begin, Some(end)),
            Some(VisitTime::At(time)) => (at(time)?, None),
            Some(VisitTime::After(time)) => (at(time)?, Some(end)),
            Some(VisitTime::Before(time)) => (begin, Some(at(time)?)),
            Some(VisitTime::Between(from, until)) => (at(from)?, Some(at(until)?)),
        };
        Some(Self { from, until })
    }

    /// Returns a window of full hours; `None` when it is over.
    pub(crate) fn of_hours(
        day: NaiveDate,
        from: u8,
        until: u8,
        now: DateTime<Utc>,
        zone: Tz,
    ) -> Option<Self> {
        let hour = |hour: u8| NaiveTime::from_hms_opt(hour.into(), 0, 0);
        let time = VisitTime::Between(hour(from)?, hour(until)?);
        Self::on(day, Some(time), zone).filter(|window| window.from < window.end() && is_ahead(window, now))
    }

    /// Returns the end, also of a visit at an exact time, which is expected to take an hour.
    pub(crate) fn end(&self) -> DateTime<Utc> {
        self.until.unwrap_or(self.from + TimeDelta::hours(1))
    }

    /// Returns when the master is to be there: at the beginning, or by the end of a window that has only that. `None` for a whole
    /// day.
    pub(crate) fn arrival_time(&self, zone: Tz) -> Option<DateTime<Utc>> {
        match self.in_zone(zone).1? {
            VisitTime::Before(_) => self.until,
            VisitTime::At(_) | VisitTime::After(_) | VisitTime::Between(..) => Some(self.from),
        }
    }

    /// Whether the client does not expect the master any more.
    pub(crate) fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.end() <= now
    }

    /// Returns the day and the time of day in a time zone; `None` for the whole day.
    pub(crate) fn in_zone(&self, zone: Tz) -> (NaiveDate, Option<VisitTime>) {
        let local = |moment: DateTime<Utc>| moment.with_timezone(&zone).naive_local();
        let (day, from) = (local(self.from).date(), local(self.from).time());
        let Some(until) = self.until else { return (day, Some(VisitTime::At(from))) };
        let is_begin = midnight(zone, day) == Some(self.from);
        let is_end = day.succ_opt().and_then(|next| midnight(zone, next)).is_some_and(|end| until >= end);
        let time = match (is_begin, is_end) {
            (true, true) => None,
            (true, false) => Some(VisitTime::Before(local(until).time())),
            (false, true) => Some(VisitTime::After(from)),
            (false, false) => Some(VisitTime::Between(from, local(until).time())),
        };
        (day, time)
    }
}

/// Returns the first moment of a day and of the next one.
pub(crate) fn day_bounds(zone: Tz, day: NaiveDate) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    Some((midnight(zone, day)?, midnight(zone, day.succ_opt()?)?))
}

/// Whether there is time for the visit. A window may have begun, but "after 15" said at 16 is about another day.
fn is_ahead(window: &VisitWindow, now: DateTime<Utc>) -> bool {
    let is_soon_enough = window.from <= now + TimeDelta::days(MAX_DAYS);
    is_soon_enough
        && window.until.is_none_or(|until| until > now)
        && (window.until.is_some() || window.from > now)
}

/// Returns `None` for a local time that the clocks skip or show twice.
fn to_utc(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    zone.from_local_datetime(&local).single().map(|time| time.to_utc())
}

/// Returns the first moment of a day. There are zones whose clocks skip midnight, and one that has left out a whole day.
fn midnight(zone: Tz, day: NaiveDate) -> Option<DateTime<Utc>> {
    let midnight = day.and_time(NaiveTime::MIN);
    let minutes = (0..=24 * 60).map(TimeDelta::minutes);
    let mut first = minutes.filter_map(|minute| zone.from_local_datetime(&(midnight + minute)).earliest());
    first.next().map(|time| time.to_utc())
}

fn full_minute(local: NaiveDateTime) -> Option<NaiveDateTime> {
    local.date().and_hms_opt(local.hour(), local.minute(), 0)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
