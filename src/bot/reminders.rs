//! The reminders that the scheduled jobs send: to masters who have not answered, to staff about orders without a master.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::order_screen::texts_of_chat;
use super::reply::Reply;
use super::view::html::{escape_html, shorten_text};
use super::view::order_notices::address_master;
use super::view::order_rows::age_text;
use super::view::text::{Texts, html_text, plain_text};
use super::view::visits::{day_text, visit_text};
use super::view::{keyboards, names};
use crate::db::order_lines::{OrderLine, OrderLines};
use crate::db::{AnyConnection, time};
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::locale::Locale;
use crate::domain::master::Master;
use crate::domain::role::Role;
use crate::domain::status::OrderStatus;
use crate::domain::user::User;
use crate::domain::visit::VisitWindow;
use crate::service::{self, users};

/// A reminder that could not be sent for so long is not sent any more.
const MAX_AGE: TimeDelta = TimeDelta::hours(1);
/// The most of a master's name in a list, in UTF-16 units.
const MAX_NAME: usize = 24;
/// The most orders in one message, which a phone shows without a hundred buttons.
const MAX_LINES: usize = 30;

/// Why an order is reminded of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ReminderReason {
    /// The master has not answered since.
    Unanswered {
        since: DateTime<Utc>,
    },
    /// The same, to staff.
    UnansweredByMaster {
        since: DateTime<Utc>,
        has_day_off: bool,
    },
    /// The order has no master since.
    Unassigned {
        since: DateTime<Utc>,
    },
    VisitSoon {
        visit: VisitWindow,
    },
    /// The end of a repair was promised for this day, which is today or over.
    Promised {
        date: NaiveDate,
    },
}

/// A reminder of one order, to one reader.
#[derive(Clone, Debug)]
pub(crate) struct Reminder {
    pub(crate) order: OrderId,
    pub(crate) status: OrderStatus,
    pub(crate) master: Option<MasterId>,
    /// The name of the master; `None` for the master themselves.
    pub(crate) master_name: Option<String>,
    pub(crate) reason: ReminderReason,
}

/// The language and the clock of reminders.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReminderSettings {
    /// The language of groups and of users who chose none.
    pub(crate) locale: Locale,
    pub(crate) zone: Tz,
    pub(crate) now: DateTime<Utc>,
}

impl ReminderSettings {
    fn today(self) -> NaiveDate {
        self.now.with_timezone(&self.zone).date_naive()
    }
}

impl Reminder {
    fn master_name(&self) -> String {
        shorten_text(self.master_name.as_deref().unwrap_or_default(), MAX_NAME)
    }

    /// Returns a sentence, for a message about this order alone; HTML.
    fn sentence(&self, texts: &Texts, settings: ReminderSettings) -> String {
        let (id, master) = (self.order, self.master_name());
        let age = |since| age_text(texts, since, settings.now);
        match self.reason {
            ReminderReason::Unanswered { since } => {
                html_text!(texts, "reminder-unanswered", id = id, age = age(since))
            }
            ReminderReason::UnansweredByMaster { has_day_off: true, .. } => {
                html_text!(texts, "reminder-unanswered-day-off", id = id, master = master)
            }
            ReminderReason::UnansweredByMaster { since, .. } => {
                html_text!(texts, "reminder-unanswered-staff", id = id, age = age(since), master = master)
            }
            ReminderReason::Unassigned { since } => {
                html_text!(texts, "reminder-unassigned", id = id, age = age(since))
            }
            ReminderReason::VisitSoon { visit } => {
                let visit = visit_text(texts, settings.zone, Some(visit), None).unwrap_or_default();
                html_text!(texts, "reminder-visit", id = id, visit = visit)
            }
            ReminderReason::Promised { date } => {
                let html = if date == settings.today() {
                    html_text!(texts, "reminder-promised-today", id = id)
                } else {
                    html_text!(texts, "reminder-promised-past", id = id, date = day_text(texts, date))
                };
                if self.master_name.is_none() {
                    return html;
                }
                format!("{html}\n{}", html_text!(texts, "reminder-master", master = master))
            }
        }
    }

    /// Returns a row of a list of several orders; HTML.
    fn row(&self, texts: &Texts, settings: ReminderSettings) -> String {
        let id = self.order;
        let age = |since| age_text(texts, since, settings.now);
        let row = match self.reason {
            ReminderReason::Unanswered { since } => {
                html_text!(texts, "reminder-row-unanswered", id = id, age = age(since))
            }
            ReminderReason::UnansweredByMaster { has_day_off: true, .. } => {
                html_text!(texts, "reminder-row-day-off", id = id)
            }
            ReminderReason::UnansweredByMaster { since, .. } => {
                html_text!(texts, "reminder-row-unanswered-staff", id = id, age = age(since))
            }
            ReminderReason::Unassigned { since } => {
                html_text!(texts, "reminder-row-unassigned", id = id, age = age(since))
            }
            ReminderReason::VisitSoon { visit } => {
                let visit = visit_text(texts, settings.zone, Some(visit), None).unwrap_or_default();
                html_text!(texts, "reminder-row-visit", id = id, visit = visit)
            }
            ReminderReason::Promised { date } => {
                html_text!(texts, "reminder-row-promised", id = id, date = day_text(texts, date))
            }
        };
        match self.master_name {
            Some(_) => format!("{row} · {}", escape_html(&self.master_name())),
            None => row,
        }
    }

    fn line(&self, html: String, button: (String, String)) -> OrderLine {
        let visit_from = match self.reason {
            ReminderReason::VisitSoon { visit } => Some(time::to_stored(visit.from)),
            _ => None,
        };
        OrderLine { visit_from, ..order_line(self.order, self.status, self.master, html, button) }
    }
}

fn order_line(
    order: OrderId,
    status: OrderStatus,
    master: Option<MasterId>,
    html: String,
    button: (String, String),
) -> OrderLine {
    OrderLine {
        order: order.0,
        status: status.as_str().to_owned(),
        master: master.map(|master| master.0),
        visit_from: None,
        html,
        button,
    }
}

/// Returns one message of all reminders: a sentence for one of them, else a list.
fn reminder_lines(
    reminders: &[Reminder],
    texts: &Texts,
    settings: ReminderSettings,
    address: impl Fn(String) -> String,
    data: fn(OrderId) -> String,
) -> OrderLines {
    if let [only] = reminders {
        let button = (plain_text!(texts, "button-open-order"), data(only.order));
        return OrderLines {
            header: None,
            lines: vec![only.line(address(only.sentence(texts, settings)), button)],
        };
    }
    let line = |reminder: &Reminder| {
        let button = (plain_text!(texts, "order-number", id = reminder.order), data(reminder.order));
        reminder.line(reminder.row(texts, settings), button)
    };
    OrderLines {
        header: Some(address(html_text!(texts, "reminder-header"))),
        lines: reminders.iter().map(line).collect(),
    }
}

/// Reminds a master, in the chat in which they work.
pub(crate) fn remind_master(
    tx: &mut AnyConnection,
    settings: ReminderSettings,
    master: &Master,
    reminders: &[Reminder],
) -> service::Result<()> {
    let texts = texts_of_chat(tx, master.chat(), settings.locale)?;
    let address = |html| address_master(texts, master, html);
    let mut reply = Reply::none().expire_at(settings.now + MAX_AGE);
    for reminders in reminders.chunks(MAX_LINES) {
        let data = keyboards::view_master_order_data;
        reply =
            reply.send_order_lines(master.place(), reminder_lines(reminders, texts, settings, address, data));
    }
    reply.store_messages(tx, None, settings.now)?;
    Ok(())
}

/// Reminds a member of staff.
pub(crate) fn remind_user(
    tx: &mut AnyConnection,
    settings: ReminderSettings,
    reader: &User,
    reminders: &[Reminder],
) -> service::Result<()> {
    let texts = Texts::of(reader.locale.unwrap_or(settings.locale));
    let mut reply = Reply::none().expire_at(settings.now + MAX_AGE);
    for reminders in reminders.chunks(MAX_LINES) {
        let lines = reminder_lines(reminders, texts, settings, |html| html, keyboards::open_order_data);
        reply = reply.send_order_lines(reader.telegram_id.into(), lines);
    }
    reply.store_messages(tx, None, settings.now)?;
    Ok(())
}

/// An order that is in a status for too long.
#[derive(Clone, Debug)]
pub(crate) struct OverdueOrder {
    pub(crate) id: OrderId,
    pub(crate) status: OrderStatus,
    pub(crate) since: DateTime<Utc>,
    pub(crate) master: Option<MasterId>,
    pub(crate) master_name: Option<String>,
}

/// Lists overdue orders to the admins.
pub(crate) fn notify_overdue(
    tx: &mut AnyConnection,
    settings: ReminderSettings,
    overdue: &[OverdueOrder],
) -> service::Result<()> {
    let mut reply = Reply::none().expire_at(settings.now + MAX_AGE);
    for admin in users::list_users_with_role(tx, Role::Admin)? {
        let texts = Texts::of(admin.locale.unwrap_or(settings.locale));
        let lines = overdue.iter().map(|order| overdue_line(texts, order, settings.now)).collect();
        let header = Some(html_text!(texts, "time-limit-header"));
        reply = reply.send_order_lines(admin.telegram_id.into(), OrderLines { header, lines });
    }
    reply.store_messages(tx, None, settings.now)?;
    Ok(())
}

fn overdue_line(texts: &Texts, order: &OverdueOrder, now: DateTime<Utc>) -> OrderLine {
    let emoji = names::status_emoji(order.status);
    let status = names::status_name(texts, order.status);
    let age = age_text(texts, order.since, now);
    let mut html =
        html_text!(texts, "time-limit-row", emoji = emoji, id = order.id, status = status, age = age);
    if let Some(master) = &order.master_name {
        html = format!("{html} · {}", escape_html(&shorten_text(master, MAX_NAME)));
    }
    let button = (plain_text!(texts, "order-number", id = order.id), keyboards::open_order_data(order.id));
    order_line(order.id, order.status, order.master, html, button)
}
