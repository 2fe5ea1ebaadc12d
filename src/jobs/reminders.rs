//! Reminds masters who have not answered, staff of orders without a master, and both of visits and promised dates.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::settings::JobSettings;
use crate::bot::reminders::{Reminder, ReminderReason, ReminderSettings, remind_master, remind_user};
use crate::db::announcements::{self, AnnouncementKind, AnnouncementSubject, PastAnnouncements};
use crate::db::order_watch::{self, OpenOrder, StatusStay};
use crate::db::{self, AnyConnection, masters, orders};
use crate::domain::ids::{MasterId, OrderId, TelegramId};
use crate::domain::master::Master;
use crate::domain::role::Role;
use crate::domain::status::OrderStatus;
use crate::domain::user::User;
use crate::domain::visit::VisitWindow;
use crate::service::{self, users};

/// How long an order may wait for a master, and a master's answer.
const MAX_WAIT: TimeDelta = TimeDelta::minutes(15);
/// How often the same user is reminded of the same wait.
const MAX_REMINDERS: i32 = 4;
/// How long before a visit its master is reminded.
const VISIT_NOTICE: TimeDelta = TimeDelta::hours(2);

/// What a run knows, and what it has decided to send.
struct ReminderRun {
    settings: ReminderSettings,
    past: PastAnnouncements,
    masters: HashMap<MasterId, Master>,
    lists: ReminderLists,
}

/// The reminders of each reader, who gets one message of them.
#[derive(Default)]
struct ReminderLists {
    masters: BTreeMap<MasterId, Vec<Reminder>>,
    staff: BTreeMap<TelegramId, (User, Vec<Reminder>)>,
}

/// What a run reminds of.
#[derive(Default)]
struct DueReminders {
    waiting: Vec<(OpenOrder, StatusStay)>,
    visits: Vec<(OpenOrder, VisitWindow)>,
    promised: Vec<(OpenOrder, NaiveDate)>,
}

impl DueReminders {
    /// Looks at the open orders. In quiet hours only a visit that begins in them is urgent.
    fn find(tx: &mut AnyConnection, settings: JobSettings, now: DateTime<Utc>) -> db::Result<Self> {
        let open = order_watch::list_open_orders(tx)?;
        let visits = find_due_visits(&open, settings, now);
        if settings.is_quiet(now) {
            return Ok(Self { visits, ..Self::default() });
        }
        let is_waiting = |order: &&OpenOrder| {
            matches!(order.status, OrderStatus::New | OrderStatus::Assigned)
                && order.created_at + MAX_WAIT <= now
        };
        let waiting: Vec<_> = open.iter().filter(is_waiting).cloned().collect();
        let stays = order_watch::list_status_stays(tx, &waiting)?;
        let with_stay = |order: OpenOrder| stays.get(&order.id).map(|stay| (order, *stay));
        let mut waiting: Vec<_> = waiting.into_iter().filter_map(with_stay).collect();
        waiting.retain(|(_, stay)| stay.since + MAX_WAIT <= now);
        let today = now.with_timezone(&settings.zone).date_naive();
        let promised = open.into_iter().filter_map(|order| order.promised_date.map(|date| (order, date)));
        let promised = promised.filter(|(_, date)| *date <= today).collect();
        Ok(Self { waiting, visits, promised })
    }

    fn orders(&self) -> impl Iterator<Item = &OpenOrder> {
        let waiting = self.waiting.iter().map(|(order, _)| order);
        let visits = self.visits.iter().map(|(order, _)| order);
        waiting.chain(visits).chain(self.promised.iter().map(|(order, _)| order))
    }
}

/// Returns the orders whose master is to arrive within [`VISIT_NOTICE`] and has not begun.
fn find_due_visits(
    open: &[OpenOrder],
    settings: JobSettings,
    now: DateTime<Utc>,
) -> Vec<(OpenOrder, VisitWindow)> {
    let is_due = |order: &OpenOrder, arrival: DateTime<Utc>| {
        order.status.has_master()
            && order.status != OrderStatus::OnSite
            && now < arrival
            && arrival <= now + VISIT_NOTICE
            && (!settings.is_quiet(now) || settings.is_quiet(arrival))
    };
    let due = open.iter().filter_map(|order| {
        let visit = order.visit?;
        is_due(order, visit.arrival_time(settings.zone)?).then(|| (order.clone(), visit))
    });
    due.collect()
}

/// Sends the reminders that are due and remembers them.
pub(super) fn send_reminders(
    tx: &mut AnyConnection,
    settings: JobSettings,
    now: DateTime<Utc>,
) -> service::Result<()> {
    let due = DueReminders::find(tx, settings, now)?;
    let ids: Vec<OrderId> = due.orders().map(|order| order.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut wanted: Vec<MasterId> = due.orders().filter_map(|order| order.master).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let masters = masters::find_masters(tx, &wanted)?;
    let mut run = ReminderRun {
        settings: ReminderSettings { locale: settings.locale, zone: settings.zone, now },
        past: announcements::list_announcements(tx, &ids)?,
        masters: masters.into_iter().map(|master| (master.id, master)).collect(),
        lists: ReminderLists::default(),
    };
    for (order, stay) in &due.waiting {
        match order.status {
            OrderStatus::Assigned => run.remind_of_answer(tx, order, *stay)?,
            _ => run.remind_of_assignment(tx, order, *stay)?,
        }
    }
    for (order, visit) in &due.visits {
        run.remind_of_visit(tx, order, *visit)?;
    }
    for (order, date) in &due.promised {
        run.remind_of_promise(tx, order, *date)?;
    }
    run.send_lists(tx)
}

fn subject(order: &OpenOrder, kind: AnnouncementKind, about: String) -> AnnouncementSubject {
    AnnouncementSubject { order: order.id, kind, about }
}

impl ReminderRun {
    fn master(&self, order: &OpenOrder) -> Option<&Master> {
        order.master.and_then(|master| self.masters.get(&master))
    }

    /// Returns the order's master unless they have a day off or no longer see orders.
    fn reachable_master(&self, order: &OpenOrder) -> Option<MasterId> {
        let is_reachable =
            |master: &&Master| master.sees_orders() && master.day_off(self.settings.now).is_none();
        self.master(order).filter(is_reachable).map(|master| master.id)
    }

    /// Counts a reminder; `false` when it was given `most` times already.
    fn claim(&self, tx: &mut AnyConnection, subject: &AnnouncementSubject, most: i32) -> db::Result<bool> {
        if self.past.count(subject) >= most {
            return Ok(false);
        }
        announcements::record_announcement(tx, subject, self.settings.now)?;
        Ok(true)
    }

    /// Adds a reminder to the message of a master.
    fn add_for_master(&mut self, master: MasterId, order: &OpenOrder, reason: ReminderReason) {
        let reminder = Reminder {
            order: order.id,
            status: order.status,
            master: order.master,
            master_name: None,
            reason,
        };
        self.lists.masters.entry(master).or_default().push(reminder);
    }

    /// Adds a reminder to the messages of members of staff, with the master.
    fn add_for_staff(&mut self, readers: Vec<User>, order: &OpenOrder, reason: ReminderReason) {
        let reminder = Reminder {
            order: order.id,
            status: order.status,
            master: order.master,
            master_name: self.master(order).map(|master| master.name.clone()),
            reason,
        };
        for reader in readers {
            let list = self.lists.staff.entry(reader.telegram_id).or_insert_with(|| (reader, Vec::new()));
            list.1.push(reminder.clone());
        }
    }

    fn send_lists(self, tx: &mut AnyConnection) -> service::Result<()> {
        for (master, reminders) in &self.lists.masters {
            if let Some(master) = self.masters.get(master) {
                remind_master(tx, self.settings, master, reminders)?;
            }
        }
        for (reader, reminders) in self.lists.staff.values() {
            remind_user(tx, self.settings, reader, reminders)?;
        }
        Ok(())
    }

    /// Reminds the master, after that the dispatcher; of a master who is not reminded, the dispatcher at once.
    fn remind_of_answer(
        &mut self,
        tx: &mut AnyConnection,
        order: &OpenOrder,
        stay: StatusStay,
    ) -> service::Result<()> {
        let since = stay.since;
        let told = subject(order, AnnouncementKind::Unanswered, stay.name());
        if let Some(master) = self.reachable_master(order)
            && self.claim(tx, &told, MAX_REMINDERS)?
        {
            self.add_for_master(master, order, ReminderReason::Unanswered { since });
            return Ok(());
        }
        let Some(master) = self.master(order) else { return Ok(()) };
        let has_day_off = master.day_off(self.settings.now).is_some();
        let escalated = subject(order, AnnouncementKind::UnansweredEscalated, stay.name());
        if self.claim(tx, &escalated, 1)? {
            let readers = list_order_staff(tx, order)?;
            self.add_for_staff(readers, order, ReminderReason::UnansweredByMaster { since, has_day_off });
        }
        Ok(())
    }

    /// Reminds the dispatchers, after that the admins.
    fn remind_of_assignment(
        &mut self,
        tx: &mut AnyConnection,
        order: &OpenOrder,
        stay: StatusStay,
    ) -> service::Result<()> {
        let told = subject(order, AnnouncementKind::Unassigned, stay.name());
        let escalated = subject(order, AnnouncementKind::UnassignedEscalated, stay.name());
        let readers = if self.claim(tx, &told, MAX_REMINDERS)? {
            users::list_dispatchers(tx)?
        } else if self.claim(tx, &escalated, 1)? {
            users::list_users_with_role(tx, Role::Admin)?
        } else {
            return Ok(());
        };
        self.add_for_staff(readers, order, ReminderReason::Unassigned { since: stay.since });
        Ok(())
    }

    fn remind_of_visit(
        &mut self,
        tx: &mut AnyConnection,
        order: &OpenOrder,
        visit: VisitWindow,
    ) -> service::Result<()> {
        let told = subject(order, AnnouncementKind::VisitSoon, visit.from.timestamp().to_string());
        if let Some(master) = self.reachable_master(order)
            && self.claim(tx, &told, 1)?
        {
            self.add_for_master(master, order, ReminderReason::VisitSoon { visit });
        }
        Ok(())
    }

    /// Reminds master and dispatcher once a day.
    fn remind_of_promise(
        &mut self,
        tx: &mut AnyConnection,
        order: &OpenOrder,
        date: NaiveDate,
    ) -> service::Result<()> {
        let today = self.settings.now.with_timezone(&self.settings.zone).date_naive();
        if !self.claim(tx, &subject(order, AnnouncementKind::PromisedDate, today.to_string()), 1)? {
            return Ok(());
        }
        if let Some(master) = self.reachable_master(order) {
            self.add_for_master(master, order, ReminderReason::Promised { date });
        }
        let readers = list_order_staff(tx, order)?;
        self.add_for_staff(readers, order, ReminderReason::Promised { date });
        Ok(())
    }
}

/// Returns who hears of the steps of an order.
fn list_order_staff(tx: &mut AnyConnection, order: &OpenOrder) -> service::Result<Vec<User>> {
    match orders::find_order(tx, order.id)? {
        Some(order) => users::list_responsible_staff(tx, &order),
        None => Ok(Vec::new()),
    }
}
