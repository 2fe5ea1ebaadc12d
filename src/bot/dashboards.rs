//! The message that shows an administrator the present day: sent and pinned once, then edited every hour.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::day_figures::{DayFigures, UnansweredOrder};
use super::reply::Reply;
use super::summaries::{figure_lines, order_lines, row_name};
use super::view::order_rows::age_text;
use super::view::text::{Texts, html_text};
use super::view::visits::day_text;
use crate::db::dashboards::{self, Dashboard};
use crate::db::{self, AnyConnection};
use crate::domain::ids::TelegramId;
use crate::domain::locale::Locale;
use crate::domain::role::Role;
use crate::service::{self, users};

/// A version that could not be sent for so long is not sent any more: the next one is.
const MAX_AGE: TimeDelta = TimeDelta::hours(1);
/// The most orders without an answer that are listed; the number counts all.
const MAX_UNANSWERED: usize = 10;

/// The language of users who chose none, and the clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DashboardSettings {
    pub(crate) locale: Locale,
    pub(crate) zone: Tz,
    pub(crate) now: DateTime<Utc>,
}

/// Shows all administrators who switched it on the day as it is now.
pub(crate) fn refresh_dashboards(
    tx: &mut AnyConnection,
    settings: DashboardSettings,
    day: &DayFigures,
) -> service::Result<()> {
    let admins = users::list_users_with_role(tx, Role::Admin)?;
    let mut reply = Reply::none().expire_at(settings.now + MAX_AGE);
    for dashboard in dashboards::list_dashboards(tx)? {
        let reader = admins.iter().find(|admin| admin.telegram_id == dashboard.user);
        let texts = Texts::of(reader.and_then(|admin| admin.locale).unwrap_or(settings.locale));
        reply = reply.and(match reader {
            Some(_) => show_day(dashboard, &dashboard_text(texts, settings, day)),
            None => end_dashboard(tx, dashboard, texts)?,
        });
    }
    reply.store_messages(tx, None, settings.now)?;
    Ok(())
}

/// Sends a dashboard, or edits the one that is there, and pins it unless it was.
fn show_day(dashboard: Dashboard, html: &str) -> Reply {
    let place = dashboard.user.into();
    let reply = match dashboard.message {
        Some(_) => Reply::none().replace_dashboard(dashboard.id, place, html.to_owned()),
        None => Reply::none().send_message(place, html.to_owned(), None).with_tracked_message(dashboard.id),
    };
    reply.pin_message(dashboard.id, place, true)
}

/// Begins to show a user the day.
pub(super) fn begin_dashboard(
    tx: &mut AnyConnection,
    texts: &Texts,
    user: TelegramId,
    settings: DashboardSettings,
    day: &DayFigures,
) -> db::Result<Reply> {
    let id = dashboards::insert_dashboard(tx, user, settings.now)?;
    let dashboard = Dashboard { id, user, message: None };
    Ok(show_day(dashboard, &dashboard_text(texts, settings, day)))
}

/// Unpins a dashboard and takes the figures out of it.
pub(super) fn end_dashboard(
    tx: &mut AnyConnection,
    dashboard: Dashboard,
    texts: &Texts,
) -> db::Result<Reply> {
    let place = dashboard.user.into();
    dashboards::end_dashboard(tx, dashboard.id)?;
    let reply = Reply::none().pin_message(dashboard.id, place, false);
    Ok(reply.retire_tracked_message(dashboard.id, place, html_text!(texts, "dashboard-off")))
}

fn dashboard_text(texts: &Texts, settings: DashboardSettings, day: &DayFigures) -> String {
    let mut lines = vec![html_text!(texts, "dashboard-header", day = day_text(texts, day.day))];
    lines.extend(figure_lines(texts, day.figures));
    lines.push(String::new());
    lines.extend(order_lines(texts, day));
    lines.push(String::new());
    lines.push(match i64::try_from(day.unanswered.len()).unwrap_or(i64::MAX) {
        0 => html_text!(texts, "dashboard-all-answered"),
        count => html_text!(texts, "dashboard-unanswered", count = count),
    });
    let shown = day.unanswered.iter().take(MAX_UNANSWERED);
    lines.extend(shown.map(|order| unanswered_line(texts, settings.now, order)));
    let time = settings.now.with_timezone(&settings.zone).format("%H:%M").to_string();
    lines.push(String::new());
    lines.push(html_text!(texts, "dashboard-updated", time = time));
    lines.join("\n")
}

fn unanswered_line(texts: &Texts, now: DateTime<Utc>, order: &UnansweredOrder) -> String {
    let age = age_text(texts, order.since, now);
    let master = row_name(texts, order.master.as_deref());
    format!("{} · {master}", html_text!(texts, "dashboard-unanswered-row", id = order.order, age = age))
}
