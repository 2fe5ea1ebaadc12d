//! Tells the admins of orders that are in one status for too long.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::settings::JobSettings;
use crate::bot::reminders::{OverdueOrder, ReminderSettings, notify_overdue};
use crate::db::announcements::{self, AnnouncementKind, AnnouncementSubject};
use crate::db::order_watch::{self, OpenOrder, StatusStay};
use crate::db::{AnyConnection, masters};
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::status::OrderStatus;
use crate::service;

/// The most orders in one message; the next check tells of the others.
const MAX_LISTED: usize = 30;

/// Returns how long an order may be in a status.
fn time_limit(status: OrderStatus) -> Option<TimeDelta> {
    match status {
        OrderStatus::New => Some(TimeDelta::hours(2)),
        OrderStatus::Assigned => Some(TimeDelta::hours(4)),
        OrderStatus::Accepted => Some(TimeDelta::hours(8)),
        OrderStatus::OnSite => Some(TimeDelta::hours(12)),
        OrderStatus::LongRepair | OrderStatus::Closed | OrderStatus::Refused => None,
    }
}

/// Returns when the clock of a stay began: with the status, or with a later visit, until which it stands still. During a
/// window the client still expects the master.
fn clock_start(order: &OpenOrder, stay: StatusStay) -> DateTime<Utc> {
    order.visit.map_or(stay.since, |visit| visit.until.unwrap_or(visit.from).max(stay.since))
}

/// Returns after what time the same stay is told of again: a day, less what a check may come earlier than the one of the day
/// before.
fn repeat_interval(settings: JobSettings) -> TimeDelta {
    TimeDelta::days(1) - TimeDelta::from_std(settings.schedule.sla_check_interval / 2).unwrap_or_default()
}

fn is_overdue(order: &OpenOrder, stay: StatusStay, now: DateTime<Utc>) -> bool {
    time_limit(order.status).is_some_and(|limit| clock_start(order, stay) + limit <= now)
}

/// Tells of the orders that are overdue: once per stay, then once a day.
pub(super) fn check_time_limits(
    tx: &mut AnyConnection,
    settings: JobSettings,
    now: DateTime<Utc>,
) -> service::Result<()> {
    let mut open = order_watch::list_open_orders(tx)?;
    // An order is not longer in its status than it is there.
    open.retain(|order| time_limit(order.status).is_some_and(|limit| order.created_at + limit <= now));
    let stays = order_watch::list_status_stays(tx, &open)?;
    let overdue = open.into_iter().filter_map(|order| stays.get(&order.id).map(|stay| (order, *stay)));
    let mut overdue: Vec<_> = overdue.filter(|(order, stay)| is_overdue(order, *stay, now)).collect();
    let ids: Vec<OrderId> = overdue.iter().map(|(order, _)| order.id).collect();
    let past = announcements::list_announcements(tx, &ids)?;
    overdue.retain(|(order, stay)| {
        past.find_count(&subject(order, *stay))
            .is_none_or(|told| !told.is_within(repeat_interval(settings), now))
    });
    overdue.truncate(MAX_LISTED);
    if overdue.is_empty() {
        return Ok(());
    }
    for (order, stay) in &overdue {
        announcements::record_announcement(tx, &subject(order, *stay), now)?;
    }
    let listed = with_master_names(tx, &overdue)?;
    let settings = ReminderSettings { locale: settings.locale, zone: settings.zone, now };
    notify_overdue(tx, settings, &listed)
}

fn subject(order: &OpenOrder, stay: StatusStay) -> AnnouncementSubject {
    AnnouncementSubject { order: order.id, kind: AnnouncementKind::TimeLimit, about: stay.name() }
}

fn with_master_names(
    tx: &mut AnyConnection,
    overdue: &[(OpenOrder, StatusStay)],
) -> service::Result<Vec<OverdueOrder>> {
    let ids: Vec<MasterId> = overdue.iter().filter_map(|(order, _)| order.master).collect();
    let names: HashMap<MasterId, String> =
        masters::find_masters(tx, &ids)?.into_iter().map(|master| (master.id, master.name)).collect();
    let listed = overdue.iter().map(|(order, stay)| OverdueOrder {
        id: order.id,
        status: order.status,
        since: clock_start(order, *stay),
        master: order.master,
        master_name: order.master.and_then(|master| names.get(&master).cloned()),
    });
    Ok(listed.collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;
    use crate::config::schedule::ScheduleConfig;
    use crate::db::announcements::AnnouncementCount;
    use crate::domain::locale::Locale;
    use crate::domain::visit::VisitWindow;

    #[test]
    fn a_future_visit_stops_the_clock_of_a_status() {
        let at = |text: &str| -> DateTime<Utc> { text.parse().unwrap() };
        let stay = StatusStay { change: Some(1), since: at("2026-11-28T08:00:00Z") };
        let order = |visit| OpenOrder {
            id: OrderId(1),
            status: OrderStatus::Accepted,
            master: None,
            created_at: at("2026-11-28T07:00:00Z"),
            visit,
            promised_date: None,
        };
        let now = at("2026-11-28T16:00:00Z");
        assert!(is_overdue(&order(None), stay, now));
        assert!(!is_overdue(&order(None), stay, now - TimeDelta::seconds(1)));
        // A visit before the status began does not count.
        let visit =
            |from, until: Option<&str>| order(Some(VisitWindow { from: at(from), until: until.map(at) }));
        assert!(is_overdue(&visit("2026-11-28T07:30:00Z", None), stay, now));
        let exact = visit("2026-11-29T10:00:00Z", None);
        assert!(!is_overdue(&exact, stay, at("2026-11-29T17:59:59Z")));
        assert!(is_overdue(&exact, stay, at("2026-11-29T18:00:00Z")));
        // In a window the client still waits.
        let window = visit("2026-11-29T10:00:00Z", Some("2026-11-29T13:00:00Z"));
        assert!(!is_overdue(&window, stay, at("2026-11-29T20:59:59Z")));
        assert!(is_overdue(&window, stay, at("2026-11-29T21:00:00Z")));
    }

    #[test]
    fn a_check_that_comes_a_moment_earlier_the_next_day_tells_again() {
        let schedule = ScheduleConfig {
            timezone: chrono_tz::Tz::UTC,
            sla_check_interval: Duration::from_mins(30),
            reminder_interval: Duration::from_mins(5),
            daily_summary_time: "09:00:00".parse().unwrap(),
            quiet_hours: None,
        };
        let interval = repeat_interval(JobSettings::new(schedule, Locale::Ru));
        let told = AnnouncementCount { count: 1, last_at: "2026-11-28T08:00:00.9Z".parse().unwrap() };
        assert!(told.is_within(interval, "2026-11-29T07:30:00.9Z".parse().unwrap()));
        assert!(!told.is_within(interval, "2026-11-29T08:00:00.1Z".parse().unwrap()));
    }
}
